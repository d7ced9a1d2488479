"""Boundary points (界址点) and lines (界址线) of the register, plots and forest stands of its parcels."""
