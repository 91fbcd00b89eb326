"""Server-side tables: columns, cells, and the columns that a CustomResourceDefinition names."""
