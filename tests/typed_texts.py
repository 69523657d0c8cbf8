"""What learners type, and how it stands in a run's address: for the server and for the page alike."""

TYPED_TEXTS = {  # typed: what follows data=
    "ab": "text:ab",
    "abc abc. ": "text:abc%20abc.%20",
    "Hello, world!": "text:hello%2C%20world!",
    "it's 2-3: 'why'?": "text:it's%202-3%3A%20'why'%3F",
    "Grüße": "text:gr%C3%BC%C3%9Fe",
    "u\u0308ber": "text:%C3%BCber",  # composed of two characters
    "10 " * 20: "text:" + "10%20" * 20,
}
UNUSABLE_TEXTS = {  # typed: what is wrong with it, as the page says it, and as the server does
    "": ("length", "0 symbols"),
    "a": ("length", "1 symbols"),
    "ab" * 30 + "a": ("length", "61 symbols"),
    "aaaa": ("variety", "1 different symbols"),
    "abcdefghijklmnopqrstuvwxy": ("variety", "25 different symbols"),
    "a;b": ("symbol", "';'"),
    "a=b": ("symbol", "'='"),
    "a@b": ("symbol", "'@'"),
    "a/b": ("symbol", "'/'"),
    "a+b": ("symbol", "'+'"),
    "100%": ("symbol", "'%'"),
    "%61b": ("symbol", "'%'"),
    "a\nb": ("symbol", r"'\n'"),
    "日本": ("symbol", "'日'"),
    "<b>": ("symbol", "'<'"),
}
