"""Where the public sets come from: repositories, commits, licences, what is read of them.

Nothing of these repositories is part of the project: their files are read as data, each at the commit that stands
here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A repository on github.com (`owner/name`) at one commit (40 hexadecimal digits)."""

    repository: str
    commit: str
    licence: str
    """Licence of what is read, as the repository or the data set's card states it."""
    reads: str
    """Paths that are read."""

    @property
    def folder(self) -> str:
        """The checkout's name: OWNER+NAME."""
        return self.repository.replace("/", "+")


POLYAI = ("PolyAI-LDN/task-specific-datasets", "57ec275d8078af65b7731c2a98be812d844a6d6b", "CC-BY-4.0")
THINGPEDIA = Source(
    "stanford-oval/thingpedia-common-devices",
    "35592e1f22f9318d1f26ca79f0ab86e50e55ae87",
    "BSD-3-Clause (the repository; some devices Apache-2.0, MIT, CC0-1.0)",
    "*/*/manifest.tt, */*/dataset.tt, eval/*/{train,dev}/annotated.txt, */*/eval/{train,dev}/annotated.txt",
)
SKILLS = {
    "MycroftAI/skill-reminder": "53d32d9db557bcf5832b5d9a869db05f6ce91c8a",
    "MycroftAI/mycroft-dinkum": "a071b7d13014ecc8967453d8430573040bea19fb",
    "OpenVoiceOS/ovos-skill-application-launcher": "09b09ae71ee161146ab9f7c60411a7befb5549f1",
    "OpenVoiceOS/ovos-skill-date-time": "16437cfb623ad47b387663c6c969e3905173b127",
    "OpenVoiceOS/ovos-skill-moviemaster": "980191af70f0a7416c6868ef04f3de8433bcb4c0",
    "OpenVoiceOS/ovos-skill-randomness": "1ae4badc7b986b8d710fdc90f22c1facb9191fd4",
    "OpenVoiceOS/ovos-skill-volume": "e85968d97670c4c0d45ae4143eeca9100cd33b56",
    "OpenVoiceOS/ovos-skill-weather": "41ebc2b7f98fdc3b39f6ee4538fe6d778ad84ed2",
    "OpenVoiceOS/ovos-skill-wordnet": "e537fd1b1a2af72ab54d8541fcae9ffffc24843a",
}

SOURCES: dict[str, tuple[Source, ...]] = {
    "xlam_1k": (
        Source(
            "dataenthusiast-io/quantized-slm-function-calling",
            "609eb8e186fb15c3dd8d82f3d58f3c0146e418f3",
            "CC-BY-4.0 (Salesforce's card of xlam-function-calling-60k; it asks for use in research)",
            "data/xlam-function-calling-60k_train_1000examples/data-00000-of-00001.arrow",
        ),
    ),
    "toolrl_mix": (
        Source(
            "qiancheng0/ToolRL",
            "8cee13ec0ca72f0461da372a93a6fd8140dbb840",
            "Apache-2.0 (parts of it come from ToolACE, Apache-2.0, and xLAM, CC-BY-4.0)",
            "dataset/rlla_4k_raw/rlla_sft.json, dataset/rlla_4k/test.parquet",
        ),
    ),
    "glaive_v2": (
        Source(
            "juicyzhou/tool-use-finetune",
            "db88775a51d30662568976121773ab9e9222cf0d",
            "Apache-2.0 (card of glaive-function-calling-v2)",
            "data/glaive-function-calling-v2-ms-swift/glaive-ms-swift-sample-1000.jsonl",
        ),
        Source(
            "hiyouga/LLaMA-Factory",
            "ff6d4d12eeb035d6ce06805a5733dd7b29f2ac30",
            "Apache-2.0",
            "data/glaive_toolcall_en_demo.json",
        ),
        Source(
            "vcnoel/spectral-tool-use",
            "2c4ef230595f60d21d9a224e699c875cad28c9b7",
            "Apache-2.0 (card of glaive-function-calling-v2; the repository's code: MIT)",
            "data/**/*.jsonl: input_messages and ground_truth",
        ),
    ),
    "rotbench_train": (
        Source(
            "Junjie-Ye/RoTBench",
            "950e2080eb97d5f3365e9dd98dab63535b324296",
            "Apache-2.0",
            "Code/Inference/Tools_gpt4/*/*/train_gpt4.jsonl (a later commit takes them away)",
        ),
    ),
    "api_bank_train": (
        Source(
            "AlibabaResearch/DAMO-ConvAI",
            "1d76900822d9ecfcd6e9eb0ca64a073cb892b735",
            "MIT",
            "api-bank/training-data/lv3-api-train.json",
        ),
    ),
    "clinc150": (
        Source(
            "clinc/oos-eval",
            "828f8093932c8fe6ca7936c3d2e52903b1c523de",
            "CC-BY-3.0",
            "data/data_full.json, data/domains.json",
        ),
    ),
    "banking77": (Source(*POLYAI, "banking_data/train.csv, banking_data/test.csv"),),
    "restaurant8k": (Source(*POLYAI, "span_extraction/restaurant8k/train_0.json"),),
    "nlupp": (Source(*POLYAI, "nlupp/data/{banking,hotels}/fold*.json"),),
    "luis": (
        Source(
            "microsoft/botframework-skills",
            "1d51db8ab8249a32f4a5d0a506c3e683fd5a353b",
            "MIT",
            "skills/csharp/**/LU/en-us/**/*.lu",
        ),
    ),
    "multidogo": (
        Source(
            "awslabs/multi-domain-goal-oriented-dialogues-dataset",
            "baa30639c4b271f394b81443c842193407cdf26d",
            "CDLA-Permissive-1.0",
            "data/paper_splits/splits_annotated_at_turn_level/*/{train,dev}.tsv",
        ),
    ),
    "star": (
        Source("RasaHQ/STAR", "3058975092cdd09798e4a3a9e4ae135755824545", "MIT", "apis/apis/*.json, dialogues/*.json"),
    ),
    "sgd_train": (
        Source(
            "google-research-datasets/dstc8-schema-guided-dialogue",
            "e852981ae34990f4358979625854259302feaa78",
            "CC-BY-SA-4.0",
            "train/*.json, sgd_x/data/v?/train/schema.json",
        ),
    ),
    "taskmaster3": (
        Source(
            "google-research-datasets/Taskmaster",
            "d92cb6af3005f1dc09c39e75e7daf4a04905e00b",
            "CC-BY-4.0",
            "TM-3-2020/splits/train/train-bc.tsv, TM-3-2020/reward/reward_*.json",
        ),
    ),
    "thingpedia_logs": (THINGPEDIA,),
    "thingpedia": (THINGPEDIA,),
    "voice_skills": tuple(
        Source(name, commit, "MIT" if "randomness" in name else "Apache-2.0", "**/en-us/**/*.intent")
        for name, commit in SKILLS.items()
    ),
    "rasa_demos": (
        Source("RasaHQ/financial-demo", "7627cebef1571d55855b886cf4ac20459af9566c", "Apache-2.0", "data/nlu/nlu.yml"),
        Source("RasaHQ/helpdesk-assistant", "2e9f2258c6648488bd02af86ea2803de5a9fde04", "Apache-2.0", "data/nlu.yml"),
        Source("RasaHQ/NLU-training-data", "adf95065e808be76f51ce2c39b9f564cde5a77ae", "Apache-2.0", "*/nlu.yml"),
    ),
}
"""Set → what it is made from."""
