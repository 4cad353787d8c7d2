"""Commands for those who work on the project: samples, screenshots, the dashboard driven from outside."""
