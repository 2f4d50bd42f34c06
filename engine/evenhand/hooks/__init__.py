"""Hooks for frameworks, one file each: conveniences for forms and bodies. The gate is the call before persistence."""
