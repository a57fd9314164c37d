"""Small pictures as inline SVG: coloured by the style sheet's classes, so that they follow the theme."""
