"""Codes that a phone's camera reads."""

import segno


def qr_picture(address: str) -> str:
    """Draw a QR code as inline SVG, without style attributes (the policy of our pages forbids them)."""
    drawn: str = segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff", omitsize=True)
    return drawn
