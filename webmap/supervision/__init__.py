"""The page ``/supervision``: figures of the city on a folium map."""
