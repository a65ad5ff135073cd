"""Inspect's side of job.ts: python inspect-job.py QUESTIONS.json SERVER LOGS SLOTS. Prints one line of JSON."""
import json
import sys


from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.scorer import model_graded_fact
from inspect_ai.solver import generate, system_message

questions, server, logs, slots = json.load(open(sys.argv[1])), sys.argv[2], sys.argv[3], int(sys.argv[4])


def model(**config):
    where = {"base_url": server + "/v1", "api_key": "none"}
    return get_model("openai-api/bench/model", config=GenerateConfig(**config), **where)


samples = [Sample(input=q["question"], target=q["gold"]) for q in questions]
task = Task(
    dataset=samples,
    solver=[system_message("Answer the question in one complete sentence."), generate()],
    scorer=model_graded_fact(model=model(max_tokens=256)),
)
(log,) = eval(
    task,
    model=model(max_tokens=64, temperature=0),
    log_dir=logs,
    display="none",
    max_connections=slots,
    max_samples=len(samples),
)
scores = [next(iter((sample.scores or {}).values()), None) for sample in log.samples or []]
print(
    json.dumps(
        {
            "status": log.status,
            "samples": len(scores),
            "graded": sum(score is not None and score.value in ("C", "I") for score in scores),
            "tokens": sum(usage.output_tokens for usage in log.stats.model_usage.values()),
        }
    )
)
