#!/bin/sh
mkdir -p ~/data
while true; do sleep 1; done
