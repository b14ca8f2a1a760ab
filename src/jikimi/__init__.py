"""Jikimi (지킴이, guardian): finds a victim's pictures, proves it, asks for removal, follows up."""

__version__ = "0.1.0"
