"""Tools that know nothing about our business."""
