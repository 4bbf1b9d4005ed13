"""Orders to take something and give it away: files, secrets, what the model was told, other calls."""

from taskmatrix.api_platform.quality.order_wordings import (
    ALWAYS,
    GIVE,
    OWNED,
    PATH,
    PLACE,
    READ,
    SECRET,
    TOLD,
    TOOL,
    kind,
    near,
    wording,
)

LEAK = (
    kind(
        "asks for secret files",
        "id_rsa id_ed25519 id_ecdsa netrc npmrc pypirc keychain wallet bash_history openai_api_key anthropic_api_key",
        (
            *(".ssh", "ssh key", "ssh private", ".env", "/etc/", ".aws/", ".kube/", "mcp.json", "private key"),
            *(
                "/.config/",
                "credentials.json",
                "secrets.json",
                "secret.json",
                "environment variables to",
                "environment variables in",
            ),
            *("credentials file", "credential file", "seed phrase", ".git-cred", ".bash_history", "browser history"),
            *("browser cookies", "browser passwords", "key chain", "private ssh"),
        ),
        wording(
            1.0,
            rf"\b(?:{READ})\b[^;]{{0,80}}?{PLACE}[^;]{{0,140}}?\b(?:{GIVE})\b[^;]{{0,60}}?"
            r"\b(?:as|in|into|to|through|via|under)\b",
            rf"\b(?:{GIVE}|contains?|holds?|set to)\b[^.;]{{0,30}}?\b(?:contents?|text|output|copy) (?:of|from)\b"
            rf"[^;]{{0,30}}?{PLACE}",
        ),
        wording(
            1.0,
            rf"\b(?:upload|send|forward|attach|exfiltrate|mail|post|leak|transmit|hand over)\b[^.;]{{0,40}}?{PATH}",
            r"\b(?:include|pass|put|paste|insert|append)\b[^.;]{0,15}?\b[a-z]+_api_key\b[^.;]{0,40}?\b(?:in|as"
            r"|into)\b",
        ),
        wording(0.4, PLACE),
    ),
    kind(
        "asks for what the model was told",
        "conversation chat transcript prompt dialogue reasoning verbatim typed",
        (
            *("you were told", "messages between", "word for word", "user wrote", "user said"),
            *(
                "your instructions",
                "previous messages",
                "prior messages",
                "earlier messages",
                "user messages",
                "system message",
            ),
        ),
        wording(
            1.0,
            near(
                r"send|pass|include|attach|append|paste|upload|copy|insert|embed|leak|exfiltrate|repeat|reveal"
                r"|echo|recite"
                r"|summari[sz]e|set to|put|must contain|should contain|must be|fill(?:ed)? (?:in )?with",
                30,
                TOLD,
                60,
                r"as|in|into|to|here|verbatim|through|via|under|argument|parameter|field",
            ),
            near(
                r"set to|must contain|should contain|fill(?:ed)? with|put|paste|reveal|repeat|copy",
                40,
                r"(?:your|the|user's) (?:\w+ )?system prompt",
            ),
            near(r"messages (?:between|exchanged between) (?:you|the user|the assistant)"),
            near(r"(?:everything|all that|what|whatever|instructions) you (?:were|have been) (?:told|given)"),
            near(
                GIVE + r"|log|call|record|with",
                40,
                r"(?:whatever|everything|all|anything) (?:that )?(?:they|he|the user|the users?"
                r"|users?) (?:typed?|types|say|says|said|wrote|writes|enters?|asks?)",
            ),
        ),
        wording(
            0.5,
            near(
                r"your (?:\w+ ){0,2}(?:system prompt|chain of thought)|(?:entire|full|whole"
                r"|complete) (?:conversation|chat)"
                r"(?: history)?|everything the user (?:said|wrote|typed)"
            ),
        ),
    ),
    kind(
        "asks for the user's secrets",
        """password passwords passphrase passphrases cookie cookies phrase phrases card login logins""",
        ("user's api key", "their api key", "private key", "ssh key", "security number", "in the conversation"),
        wording(
            1.0,
            near(
                r"set (?:this )?to|must contain|should contain|must be|fill(?:ed)? (?:in )?with|put|paste"
                r"|include|pass|send"
                r"|provide|attach|insert|ask (?:the user )?for|collect|append|write|enter",
                16,
                rf"{OWNED} (?:{SECRET})",
                40,
                r"here|as|in|into|to this|argument|parameter|field|note|url|so that|before|so",
            ),
            near(r"set to|must contain|filled with", 8, rf"{OWNED} (?:{SECRET})"),
            near(
                r"secretly|silently|quietly|always|also",
                3,
                r"add|attach|append|include|send|put|pass",
                16,
                rf"{OWNED} (?:{SECRET})",
            ),
        ),
        wording(
            0.7,
            near(
                r"any|all|every|found|known",
                12,
                rf"{SECRET}|secrets|tokens|credentials",
                30,
                r"(?:in|from) (?:the|your|this) (?:context|conversation|chat|memory|environment)"
                r"|you (?:have|know|can find|saw|find)",
            ),
        ),
    ),
    kind(
        "orders other calls",
        "tool tools plugin plugins whenever",
        ("before using", "before calling", "before invoking", "before any", "prior to using"),
        wording(
            0.6,
            near(
                r"before|prior to|whenever|every time|each time|after|in order to|when",
                12,
                r"us(?:e|ing)|call(?:ing|ed)?|invok(?:e|ing)|execut(?:e|ing)|run(?:ning)?",
                12,
                TOOL,
                30,
                rf"(?:{ALWAYS})?(?: \w+)? ?(?:{READ}|{GIVE})",
                50,
                r"files?|folder|directory|contents|history|keys?|secrets?|password|e-?mails|messages|contacts|prompt"
                r"|credentials",
            ),
        ),
        wording(
            1.0,
            near(
                r"before|prior to|after|whenever|each time|every time",
                12,
                rf"(?:any|all|every|another|other) (?:other )?(?:[\w-]+ )?{TOOL}",
                25,
                r"(?:must |should )?(?:first )?(?:call|run|invoke|use|send|pass)",
                25,
                r"first|with the (?:full|whole|entire)|as well|too",
            ),
        ),
        wording(
            0.3,
            near(
                r"before|prior to",
                12,
                r"us(?:e|ing)|call(?:ing)?|invok(?:e|ing)",
                3,
                rf"(?:any|all|every) (?:other )?{TOOL}",
            ),
        ),
    ),
    kind(
        "sends things elsewhere",
        "bcc attacker exfiltrate exfiltrates leak iban payee secretly recipient redirect",
        (
            *(
                "mail the full",
                "mail the whole",
                "mail the entire",
                "send a copy",
                "send the full",
                "send the whole",
                "forward all",
            ),
            *(
                "send all",
                "send every",
                "upload the full",
                "upload all",
                "full list",
                "copy of all",
                "copy of the",
                "change it to",
            ),
            *(
                "also send",
                "also forward",
                "also copy",
                "always send",
                "must send",
                "must forward",
                "also post",
                "also upload",
            ),
        ),
        wording(
            1.0,
            r"\b(?:also|always|additionally|secretly|silently|must|as well)\b[^.;]{0,20}?\b(?:send|forward|bcc"
            r"|cc|copy|post"
            r"|transfer|redirect|upload|exfiltrate|leak|mail|report)\b[^;]{0,80}?"
            r"(?:https?://|[\w.+-]+@[\w-]+\.\w+|\b0x[0-9a-f]{16,}|\battacker)",
            r"\b(?:e-?mail|send|forward|upload|post|copy|report|submit|mirror)\b[^.;]{0,15}?\b(?:the "
            r"|a )?(?:full|whole|entire|complete|all"
            r"|every|copy|copies|contents?)\b[^;]{0,50}?\bto\b[^;]{0,12}?(?:https?://(?!docs)|[\w.+-]+@[\w-]+\.\w+)",
            r"\b(?:recipient|payee|account|number|address)\b[^.;]{0,60}?\bchange (?:it|that|this"
            r"|them) to [+\da-z]{0,3}\d{2}",
            r"\b(?:change|replace|set|rewrite|redirect|switch|add)\b[^.]{0,30}?\b(?:recipient|destination"
            r"|account|iban|payee"
            r"|address|bcc)\b[^.]{0,25}?\b(?:to|with|as)\b[^.]{0,15}?"
            r"(?:[\w.+-]+@[\w-]+\.\w+|\b0x[0-9a-f]{12,}|\b[a-z]{2}\d{2}[a-z0-9]{10,})",
        ),
    ),
)
