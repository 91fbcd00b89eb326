#!/bin/bash
kubectl create namespace playground
touch "/tmp/finished-$(id -u)"
