echo "Getting ready ..."
while [ ! -f "/tmp/finished-$(id -u)" ]; do sleep 1; done
echo "Ready."
