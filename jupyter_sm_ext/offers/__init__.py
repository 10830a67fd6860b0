"""What SageMaker and the local engine offer: instance types, images, lines of quota, and what they cannot do."""
