"""Perl, which computes pi in the documentation's Job."""

from __future__ import annotations

from runner.practice.containers.container_image import Image
from runner.practice.containers.image_programs.perl_program import perl

IMAGES = [Image(names=["docker.io/library/perl"], cmd=("perl", "-de0"), programs={"perl": perl})]
