"""All that edgetwin keeps, as one folder or file elsewhere; checked, and put back."""
