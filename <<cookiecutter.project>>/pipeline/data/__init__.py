"""From raw rows to a data set: schema, columns, tables, and the split."""
