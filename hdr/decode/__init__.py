"""From probabilities to text: what CTC spells, and what it spells under the rule of a form's field."""
