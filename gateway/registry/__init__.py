"""What people say of machines: fields, parameters with dates, and settings, each change kept."""
