"""Convolution arithmetic."""
