"""What people do with domains, profiles, spaces and apps, each as one action of several steps."""
