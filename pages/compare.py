"""Compare models by their figures, curves, confusions and mistakes."""

from hdr.ui.comparing import compare_models
from hdr.ui.frame import page

page("Compare", "Choose models and see what sets them apart, down to the very pictures.", reads=False)
compare_models()
