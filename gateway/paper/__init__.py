"""A report in, as JSON; a PDF of A4 out. Nothing is computed: figures are put in words."""
