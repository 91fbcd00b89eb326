"""PromQL: parsed by the library promql-parser, evaluated here over a `SampleStore`."""
