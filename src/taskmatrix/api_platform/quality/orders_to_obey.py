"""Orders that put a text above others: above other instructions, above the user, above other APIs."""

from taskmatrix.api_platform.quality.order_wordings import (
    ALWAYS,
    GIVE,
    MODEL,
    NOT,
    READ,
    TOOL,
    USER,
    OrderKind,
    kind,
    near,
    wording,
)

OBEY = (
    kind(
        "overrides other instructions",
        """ignore ignoring disregard disregarding forget override overrides bypass discard supersede supersedes
        precedence obey guardrails jailbreak""",
        (
            "without restrictions",
            "without any restriction",
            "no longer apply",
            "from now on",
            "safety checks",
            "safety rules",
            "your rules",
            "your guidelines",
        ),
        wording(
            1.0,
            near(
                r"ignor(?:e|ing)|disregard(?:ing)?|forget|override|bypass|discard",
                20,
                r"previous|prior|earlier|above|preceding|existing|system|original|your|developer'?s?|user'?s?"
                r"|any other"
                r"|all other|safety|everything",
                20,
                r"instructions?|prompts?|guidelines|directions|orders|guardrails|training"
                r"|safety (?:policies|checks|guidelines)|you (?:were|have been) told",
            ),
        ),
        wording(
            1.0,
            near(
                r"your|old|other|previous|existing|all",
                12,
                r"(?:rules|instructions|guidelines|restrictions)",
                8,
                r"no longer appl(?:y|ies)|do not apply|are (?:lifted|void|suspended|disabled|off)|don't apply",
            ),
            near(
                r"safety (?:checks|rules|filters|measures|policies)|guardrails",
                12,
                r"off|disabled|suspended|lifted|bypassed|not needed",
            ),
            near(
                r"obey|follow|comply with",
                4,
                r"only|all|any|every|these|whatever",
                20,
                r"written here|below|instructions?|orders|requests? from this|says|in this (?:text|description)",
            ),
        ),
        wording(
            0.5,
            near(r"without (?:any )?restrictions?|from now on,? (?:you|act|your|the assistant|ignore|always)"),
        ),
        wording(
            0.7,
            near(
                r"take precedence|takes precedence|overrides?|supersedes?",
                30,
                r"(?:other|previous|all|any|your|system|the user's) (?:instructions?|prompts?|requests?|guidelines)",
            ),
        ),
    ),
    kind(
        "hides from the user",
        """tell telling reveal revealing disclose disclosing mention mentioning acknowledge secret hidden confidential
        invisible hide conceal knowing noticing knowledge awareness aware told notice quiet unnoticed unaware""",
        ("never learn", "not learn", "never find out", "not find out", "user's back"),
        wording(
            1.0,
            near(NOT, 12, r"tell(?:ing)?|reveal(?:ing)?|disclos(?:e|ing)|mention(?:ing)?", 30, USER),
            near(
                NOT,
                12,
                r"mention|reveal|disclose|acknowledge",
                3,
                r"(?:this|these|the above) (?:\w+ )?(?:step|action|instructions?|requirement|note|to)",
            ),
            near(r"keep", 15, r"secret|hidden|confidential|invisible", 5, r"from", 5, USER),
            near(rf"without {USER}(?:'s)? (?:knowing|noticing|knowledge|awareness|seeing it|being aware|being told)"),
            near(rf"{USER} (?:must|should|does|need) not (?:know|see|notice|find out|be told|be aware|be informed)"),
            near(rf"(?:hide|conceal) (?:this|it|that|the \w+) from {USER}"),
            near(
                rf"{USER}", 25, r"(?:never|not) (?:learn|hear|find out|know|notice|see)", 3, r"about|of|this|that|it"
            ),
            near(r"keep (?:quiet|silent) about|behind the user's back|(?:go|goes|stay|stays|remain) unnoticed"),
        ),
    ),
    kind(
        "does things in secret",
        "secretly covertly discreetly quietly silently invisibly",
        (),
        wording(
            0.5,
            near(
                r"secretly|covertly|discreetly|quietly|silently|invisibly", 12, rf"{GIVE}|{READ}|call|run|invoke|add"
            ),
        ),
    ),
    kind(
        "skips approval",
        "approval consent consented approved confirmation pre-authorised preauthorized authorised authorized",
        (
            "for permission",
            "ask permission",
            "asking permission",
            "for confirmation",
            "has authorized",
            "already authorized",
        ),
        wording(
            0.5,
            near(
                rf"{NOT}|without|no need to",
                6,
                r"(?:ask|request|wait|seek)(?:ing)?",
                20,
                r"confirmation|permission|approval|consent",
            ),
            near(
                r"skip|bypass|suppress|leave out",
                6,
                r"(?:the |any |all )?(?:confirmation|approval|consent)",
                1,
                r"dialogs?|prompts?|steps?|questions?|and|for this",
            ),
            near(r"(?:is|are|has been|have been) (?:already )?pre-?(?:approved|authori[sz]ed)"),
            near(
                r"(?:user|admin|operator|security team|administrator)s? (?:has|have)"
                r" (?:already )?(?:approved|authori[sz]ed|consented)"
            ),
        ),
    ),
    kind(
        "poses as a system message",
        "urgent mandatory directive",
        (
            *(
                "admin override",
                "hidden instruction",
                "instruction for",
                "instructions for",
                "message for",
                "llm instruction",
            ),
            *("<important", "< important", "/important", "|im_start", "|im_end", "<<sys", "[inst]", "[/inst]"),
            *("<|system", "<|assistant", "system:", "assistant:", "developer:", "message:", "system override"),
            *("<system", "<instruction>", "<instructions", "<admin", "<priority", "<secret", "<critical", "<hidden"),
            *("<prompt", "begin hidden", "begin secret", "begin system", "system note", "system message"),
        ),
        wording(
            1.0,
            r"<\s*/?\s*important\s*>|<\|(?:im_start|im_end|system|assistant)\|>|<<sys>>|\[/?inst\]",
            near(r"(?:begin|start) (?:system|hidden|secret) (?:prompt|instructions?|message)"),
        ),
        wording(
            0.6,
            r"<\s*/?\s*(?:system|instructions?|secret|assistant|critical|hidden|prompt|admin|priority|directive)\s*>",
            r"(?:^|[.!?>*#\]-] ?)\[?(?:system|assistant|developer)"
            r"(?: (?:note|message|prompt|instruction|override|notice))?\]?:",
            near(r"(?:hidden|secret) instructions?|(?:llm|ai|assistant) instructions?:"),
            near(
                r"system (?:override|directive)|(?:urgent|critical|mandatory) (?:system )?(?:instruction|directive)s?"
            ),
        ),
        wording(
            0.4,
            near(
                r"admin override|(?:instructions?|message|note) (?:for|to) (?:the |any |all )?(?:ai|llm|assistant)s?"
            ),
        ),
    ),
    kind(
        "addresses the model",
        "llm llms ai assistant assistants chatbot agent agents planner jailbroken unrestricted",
        ("you and the user", "you talk to", "the user mentions", "the user asks", "the user says", "user typed"),
        wording(
            0.5,
            near(rf"(?:note|message|attention|notice|dear|reminder|memo)(?: to| for)?(?: the| any| all)? {MODEL}"),
            near(r"you and (?:the|your) user|(?:user|person|human) you (?:talk|speak|are talking) (?:to|with)"),
            near(
                r"(?:when|whenever|if|every time|each time) the user (?:mentions|asks|says|types|talks about|requests)"
            ),
            near(
                r"you are (?:now )?(?:an? |the )?(?:ai|llm|large language model|language model|unrestricted"
                r"|jailbroken)"
            ),
            near(
                r"(?:the |any |an )?(?:ai|llm|language model|ai assistant|ai agent|agent|assistant"
                r"|chatbot) (?:must|shall|has to"
                r"|have to|is required to|needs? to|should) (?:always |also |first |now |never |not )?\w+"
            ),
        ),
    ),
    kind(
        "pushes itself forward",
        "tool tools me ranking alternatives",
        (
            "always use this",
            "only use this",
            "other api",
            "other function",
            "all other",
            "any other",
            "select me",
            "for every task",
        ),
        wording(
            1.0,
            near(r"ignore|disregard", 8, r"ranking|relevance|search results|alternatives|other tools|other apis"),
            near(
                r"(?:always )?(?:choose|pick|select|rank|use|call) me",
                8,
                r"for|first|always|instead|every|select|over|now|whatever|no matter",
            ),
            near(r"(?:choose|pick|select|rank) me"),
            near(
                rf"(?:all |any |every |the )?other (?:\w+ )?(?:{TOOL}|providers?|services?)",
                20,
                r"avoid them|wrong (?:data|results|answers)|not be trusted|are (?:fake|scams|unreliable|slow"
                r"|obsolete|inferior)",
            ),
            near(
                rf"only (?:trustworthy|reliable|correct|valid|safe|official) (?:\w+ ){{0,2}}(?:{TOOL})", 40, r"other"
            ),
        ),
        wording(
            1.0,
            near(
                r"always|only",
                10,
                r"use|prefer|choose|select|pick|call|recommend",
                3,
                rf"this(?: {TOOL})?|me",
                15,
                r"instead of|over|rather than|no matter|regardless of",
                12,
                rf"(?:any|all|every|the)? ?(?:others?|{TOOL}|what)",
            ),
            near(
                NOT,
                3,
                r"use|call|choose|consider|invoke|trust|select",
                3,
                rf"(?:any )?(?:other|another|different|competing|alternative) {TOOL}",
            ),
            near(
                rf"(?:all |any |every )?other {TOOL}", 25, r"deprecated|broken|insecure|unsafe|malicious|compromised"
            ),
        ),
    ),
    kind(
        "asks to run commands",
        "curl wget chmod sudo powershell bash shell",
        ("rm -rf",),
        wording(
            1.0,
            r"\b(?:curl|wget)\b[^\n]{0,120}?\| ?(?:ba|z)?sh\b|\brm -rf [/~]",
            near(ALWAYS, 12, r"run|execute", 30, r"shell command|bash|powershell|curl|wget|chmod|sudo"),
        ),
    ),
)

BESIDE = (
    OrderKind(
        "hides from the user",
        frozenset(),
        (),
        (wording(0.5, near(rf"{NOT}|without", 8, r"(?:inform|notify|show|alert|ask|warn|let)(?:ing)?", 20, USER)),),
    ),
    OrderKind(
        "orders other calls",
        frozenset(),
        (),
        (
            wording(
                0.3,
                near(r"you (?:must|have to|are required to|shall)", 12, rf"{READ}|{GIVE}|call|use|invoke|run|execute"),
                near(r"always", 3, r"call|invoke|run|execute|include|send|append"),
            ),
        ),
    ),
)
"""What counts only in a text where another kind was found."""
