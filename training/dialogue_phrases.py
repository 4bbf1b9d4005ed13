"""What assistants and users say in dialogues: asking, answering, offering, confirming, correcting, ending."""

ASKING = (
    "What {} would you like?", "What is the {}?", "Which {}?", "And the {}?", "Could you tell me the {}?", "What {}?",
    "Sure. What should the {} be?", "May I have the {}?", "Do you have a {} in mind?", "Which {} do you prefer?",
    "Got it. What's the {}?", "Please give me the {}.", "Any particular {}?", "I need the {} for that.",
    "Of course! Can you tell me the {}, please?", "What would you like the {} to be?", "For which {}?", "{}?",
    "Okay, let me know the {}.", "I can help with that. Please provide the {}.", "Do you have any preference for {}?",
)  # fmt: skip
ASKING_TWO = (
    "What {} and what {}?", "Which {}? And what {}?", "I need the {} and the {}.",
    "What {} would you like, and what {}?", "Please tell me the {}, and the {} as well.",
    "Sure, please provide the {} and {}.", "The {}? And the {}?",
)  # fmt: skip
ASKING_IF = (
    "Do you want {}?", "Should I set {}?", "Would you like {}?", "What about {}, yes or no?", "{}: yes or no?",
    "Do you need {}?", "And {}?", "Is {} okay with you?",
)  # fmt: skip
ANSWERING = (
    "{}", "{}", "{}.", "{}.", "{} please.", "{}, please.", "I'd like {}.", "Let's say {}.", "It's {}.", "It is {}.",
    "The {label} is {}.", "Make it {}.", "I think {}.", "{} would be great.", "I want {}.", "{} is fine.", "Try {}.",
    "I would prefer {}.", "Well, {} I guess.", "{label}: {}", "Please use {}.", "Go for {}.", "I'm thinking of {}.",
    "That would be {}.", "{} should do.", "My {label} is {}.", "Hmm, {}.", "Oh, {}. Thanks!",
)  # fmt: skip
OFFERING = (
    "How about {}?", "I found {}.", "There is {}. Does that work for you?", "Would {} work for you?",
    "What about {}?", "I'd suggest {}.", "One option is {}. What do you think?", "{} looks like a good match.",
    "I see {} here.", "Is {} alright?", "How does {} sound?", "You could try {}.",
    "I have {} for you. Would you like that?",
)  # fmt: skip
ACCEPTING = (
    "That works for me.", "Sounds good.", "Great, let's go with that.", "Perfect.", "Ok, I'll take that one.",
    "Yes, that one please.", "Sure, go ahead.", "That's good. Please do it.", "I like that.",
    "Yes, that sounds great.", "Great, thanks. Use that.", "That would be fine.", "Okay, let us take it.",
    "Cool, that one.", "Works for me, go on.", "Nice. Go with it.", "I'm happy with that one.",
)  # fmt: skip
OTHERWISE = (
    "Is there anything else?", "Do you have something else?", "Not that one. Any others?",
    "I'd rather have another one.", "Hmm, no. What else is there?", "No, please find something different.",
    "Can you suggest another?", "What else?", "That doesn't suit me. Others?", "Any other options?",
    "Are there any others?", "No, thanks. Something else?",
)  # fmt: skip
WONDERING = (
    "How much is it?", "Is it far from here?", "What's the phone number?", "How long will it take?", "Who made it?",
    "Does it have good reviews?", "What is the rating?", "Can I cancel it later?", "When does it end?", "Is it new?",
    "What's the address?", "Is it expensive?", "How big is it?", "Do they speak English?", "What does it cost?",
)  # fmt: skip
FOUND = (
    "It's {}.", "It is about {}.", "That would be {}.", "No, not really.", "Yes, it is.", "It was {} the last time.",
    "I'm afraid I don't know.", "Yes, it does.", "The answer is {}.", "Around {} I believe.",
)  # fmt: skip
CONFIRMING = (
    "Please confirm: {}. Is that right?", "Just to confirm: {}?", "So: {}. Correct?", "You want me to do this: {}.",
    "Let me check that I got it. {}. Is this correct?", "Confirming: {}.", "Please confirm the following: {}.",
    "Alright. {}. Shall I go ahead?", "To recap: {}. Right?", "Okay, {}. Is everything correct?", "I have: {}. Okay?",
    "Before I do it, please check: {}.", "{}, right?", "Can you confirm these details? {}.",
    "I'll do that now: {}. Ok?",
)  # fmt: skip
YES = (
    "Yes.", "Yes, that's right.", "Yes please.", "Correct.", "That's correct.", "Yep!", "Yeah, that's good.", "Sure.",
    "Perfect.", "Yes, that is correct.", "Right.", "Sounds good.", "Yes, go ahead.", "Exactly.", "Okay, do it.",
    "Yes, thank you.", "Sure, please proceed.", "That is great. Continue.", "Yup, you're right.", "Absolutely.",
    "Ok.", "yes it is", "Great, do that.", "That would be perfect.", "Fine with me.", "I confirm.",
    "Yes! Thanks a lot.", "That sounds right to me.", "Yeah, all good.", "Please do.", "That works.",
)  # fmt: skip
NO = (
    "No.", "No, thanks.", "No thank you.", "Not needed.", "I don't need that.", "Nope.", "No, please don't.",
    "Never.", "No, that's not necessary.", "Rather not.",
)  # fmt: skip
CHANGING = (
    "Wait, no, {}.", "Actually, make that {}.", "Sorry, I mean {}.", "Oh no, {} instead.", "Hmm, rather {}.",
    "Actually {} is better.", "No, hold on, {} please.",
)  # fmt: skip
CORRECTING = (
    "No, {}.", "No, the {label} should be {}.", "Actually, make it {}.", "No, change the {label} to {}.",
    "Not quite. {label}: {}.", "Sorry, I meant {}.", "Almost, but I want {} instead.",
    "I changed my mind. {}, please.", "No. Instead I'd like {}.", "Can we make it {}?", "Wait, the {label} is {}.",
    "Rather {}, please.", "No, I'd like to change that to {}.", "Could you change the {label} to {} please?",
    "Hmm, {} would be better.",
)  # fmt: skip
ASKING_ON = (
    "What about {}?", "And {}?", "How about {}?", "Now the same with {}.", "Can you also try {}?",
    "Please try {} now.", "Okay. And with {label} {}?", "Do it again with {}.",
    "Is there something else, with {} this time?", "I'd like another one with {}.", "Let's try {} instead.",
    "And if the {label} is {}?", "Once more for {}.", "Find me something else with {label} {}.",
    "Change the {label} to {} and do it again.",
)  # fmt: skip
ANNOUNCING = (
    "Sure, let me {}.", "Okay, I will {} now.", "One moment please.", "Thank you. Let me do that for you.",
    "Alright, I'll {} for you.", "Great, I'm on it.", "Let me check.", "Sure, I can {}.", "Thanks! I will now {}.",
    "Of course. Let me {} for you.", "Got it. I'm going to {}.", "Just a second.", "Processing your request now.",
    "Thank you for the details. I'll {} right away.", "Sure, one moment while I {}.",
)  # fmt: skip
DONE = (
    "Done.", "That's done. Anything else?", "I've taken care of it.", "Your request has been completed.",
    "Okay, it worked. Is there anything else I can help you with?", "All set!", "Here is what I found.",
    "Success. Do you need anything else?", "There are 3 results.", "I found several. What else can I do for you?",
    "It has been done. Would you like anything else?", "Here you go.", "Finished.", "It was successful.",
)  # fmt: skip
IDLE = (
    "Thanks.", "Great, thank you.", "Okay, good to know.", "Nice.", "Alright.", "I see.", "Cool, thanks!",
    "Thank you.", "Good.", "Not at the moment, thanks.",
)  # fmt: skip
CLOSING = (
    "Anything else today?", "What else can I do for you?", "You're welcome. Anything else?",
    "Can I do something else?", "Do you need help with anything else?", "Is there anything more?",
)  # fmt: skip
REFUSING = (
    "No, cancel that.", "No, forget it.", "Actually, never mind.", "No, don't do it.",
    "Stop, I don't want that anymore.", "No, leave it.", "Hold on, don't do that yet.",
    "No thanks, I've changed my mind.",
)  # fmt: skip
ENDING = (
    "No, that's all. Thanks!", "That's everything, thank you.", "No, bye.", "Thanks, that's all for now.",
    "Great, bye!", "Nothing else, thank you very much.", "No thanks, I'm good.", "Okay, thank you. Have a nice day.",
    "Thanks a lot!", "No, that will be all.", "Thank you, goodbye.", "Wonderful, thanks for your help.",
)  # fmt: skip
