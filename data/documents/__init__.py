"""The one engine of every PDF: HTML template and inline SVG, rendered, sealed and signed."""
