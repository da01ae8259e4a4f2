"""Evidence: captured, stored by content, chained, shown with a stamp, verified and exported."""
