"""Handwritten digit reader: find the digits on a picture, read them, say how sure.

`import hdr` loads neither TensorFlow nor Streamlit; see ARCHITECTURE.md for the floors.
"""

__version__ = "0.15.0"
