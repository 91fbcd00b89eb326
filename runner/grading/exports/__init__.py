"""What a learner takes along from an attempt: a report, its data, a certificate. One file a format."""
