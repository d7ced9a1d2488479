"""Writers of survey results: GeoPackage, boundary-point text, and the multi-survey bundle of both."""
