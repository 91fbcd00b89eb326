#!/bin/bash
kubectl get namespace zoo
