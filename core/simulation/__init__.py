"""The simulation: from a world and an action or an instant, it makes events. Only this package applies the rules."""
