"""Many files read by many processes: what is found in folders and PDFs, who reads it, and how it goes on when killed.

`run` reads a batch into its journal, `crew` holds the processes, `tasks` says what is done with a page, `request` is
the whole way of the command `read`.
"""
