"""What a browser sends for the form of a policy that nobody has touched."""

from portal.blueprints.policies.rules import Control, Field, Group, Rows


def as_sent(node):
    """Give the fields of a form as name → values, as a browser sends them."""
    if isinstance(node, Rows):
        found = [as_sent(group) for group in node.groups]
    elif isinstance(node, Group):
        found = [as_sent(inner) for inner in node.nodes]
    else:
        return _field(node)
    return {name: values for one in found for name, values in one.items()}


def _field(field: Field):
    path, value = field.path, field.value
    if field.control is Control.SPAN:
        return {f"{path}.count": [value[0]], f"{path}.unit": [value[1]]}
    if field.control is Control.HOURS:
        return {
            f"{path}.{day}.{number}.{end}": [text]
            for day, pairs in enumerate(value)
            for number, pair in enumerate((*pairs, ("", "")))
            for end, text in zip(("from", "to"), pair, strict=True)
        }
    if field.control is Control.FLAG:
        return {path: ["y"]} if value else {}
    if field.control in (Control.SOME, Control.RANKED):
        return {path: list(value)} if value else {}
    return {path: [str(value).replace("\n", "\r\n")]}
