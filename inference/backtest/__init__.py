"""The next model beside the present one, before it is taken; and putting a former one back."""
