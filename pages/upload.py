"""Upload photos or scans and see what was read, with every step on the way."""

from hdr.ui.frame import page
from hdr.ui.readers import readers
from hdr.ui.uploading import choose_pictures, show_pictures

chosen = page("Upload", "Photograph or scan a page of handwritten digits; every digit is found, read and boxed.")
show_pictures(choose_pictures(), readers(chosen))
