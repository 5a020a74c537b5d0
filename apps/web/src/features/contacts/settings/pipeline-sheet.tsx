import { STAGE_KINDS, type Stage } from "@pult/api/crm/schema.ts";
import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Input } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Select } from "../../../ui/select.tsx";
import { newId } from "../../thread/send-queue.ts";
import { CRM_KEY } from "../data/keys.ts";
import { usePipelines } from "../data/use-setup.ts";
import { NameField, PlainForm, useSave } from "./plain-form.tsx";

/** A stage in the form; `id` is there once the server has it. */
type Draft = { key: string; id?: string; name: string; kind: Stage["kind"]; probability: string };

const draft = (name: string, kind: Stage["kind"], probability: number): Draft => ({
  key: newId(),
  name,
  kind,
  probability: String(probability),
});

const isPercent = (text: string): boolean => /^(\d{1,2}|100)$/.test(text.trim());
const isWhole = ({ name, probability }: Draft): boolean => name.trim() !== "" && isPercent(probability);

type StageRowProps = {
  stage: Draft;
  number: number;
  onChange: (stage: Draft) => void;
  onMove: (by: number) => void;
  onRemove: () => void;
};

function StageRow({ stage, number, onChange, onMove, onRemove }: StageRowProps) {
  const t = useTranslations("contacts");
  const name = stage.name || String(number);
  return (
    <li className="flex flex-wrap items-center gap-2 border-line border-b py-2">
      <Input
        aria-label={t("setup.stageName", { number })}
        value={stage.name}
        maxLength={60}
        autoComplete="off"
        onChange={({ currentTarget }) => onChange({ ...stage, name: currentTarget.value })}
        className="basis-40 grow max-md:h-11 max-md:basis-full"
      />
      <Select
        label={t("setup.stageKind", { name })}
        value={stage.kind}
        options={STAGE_KINDS.map((value) => ({ value, label: t(`stageKind.${value}`) }))}
        onChange={(kind) =>
          onChange({ ...stage, kind, ...(kind === "open" ? {} : { probability: kind === "won" ? "100" : "0" }) })
        }
      />
      <span className="flex items-center gap-1">
        <span className="w-14">
          <Input
            aria-label={t("setup.probability", { name })}
            aria-invalid={isPercent(stage.probability) ? undefined : true}
            value={stage.probability}
            inputMode="numeric"
            maxLength={3}
            autoComplete="off"
            onChange={({ currentTarget }) => onChange({ ...stage, probability: currentTarget.value })}
            className="num text-right max-md:h-10"
          />
        </span>
        <span aria-hidden className="text-muted">
          %
        </span>
      </span>
      <span className="flex">
        <IconButton icon={ArrowUp} size="sm" label={t("setup.up", { name })} onClick={() => onMove(-1)} />
        <IconButton icon={ArrowDown} size="sm" label={t("setup.down", { name })} onClick={() => onMove(1)} />
        <IconButton icon={X} size="sm" label={t("setup.removeStage", { name })} onClick={onRemove} />
      </span>
    </li>
  );
}

/** A pipeline and its stages, in their order. A stage with deals cannot go. */
export function PipelineSheet({ id, onClose }: { id: string | null; onClose: () => void }) {
  const t = useTranslations("contacts.setup");
  const tKinds = useTranslations("contacts.stageKind");
  const client = useTRPCClient();
  const pipeline = usePipelines().find((one) => one.id === id);
  const [name, setName] = useState(pipeline?.name ?? "");
  const [stages, setStages] = useState<Draft[]>(() =>
    pipeline
      ? pipeline.stages.map((stage) => ({ ...stage, key: stage.id, probability: String(stage.probability) }))
      : [draft(t("firstStage"), "open", 10), draft(tKinds("won"), "won", 100), draft(tKinds("lost"), "lost", 0)],
  );
  const [isTried, setTried] = useState(false);
  const save = useSave(
    () =>
      client.chats.pipelines.save.mutate({
        ...(pipeline ? { id: pipeline.id } : {}),
        name: name.trim(),
        stages: stages.map(({ id: known, name: stageName, kind, probability }) => ({
          ...(known ? { id: known } : {}),
          name: stageName.trim(),
          kind,
          probability: Number(probability),
        })),
      }),
    { reads: CRM_KEY, onClose },
  );
  const isReady = name.trim() !== "" && stages.length > 0 && stages.every(isWhole);
  const submit = () => {
    setTried(true);
    if (isReady) save.mutate();
  };
  const move = (index: number, by: number) => {
    const stage = stages[index];
    const to = index + by;
    if (stage && to >= 0 && to < stages.length) setStages(stages.toSpliced(index, 1).toSpliced(to, 0, stage));
  };
  return (
    <PlainForm title={t(pipeline ? "editPipeline" : "new.pipelines")} call={save} onSubmit={submit} onClose={onClose}>
      <NameField value={name} isTried={isTried} onChange={setName} />
      <fieldset>
        <legend className="font-medium text-12 text-fg-2">{t("stages")}</legend>
        <ol>
          {stages.map((stage, index) => (
            <StageRow
              key={stage.key}
              stage={stage}
              number={index + 1}
              onChange={(next) => setStages(stages.map((one) => (one === stage ? next : one)))}
              onMove={(by) => move(index, by)}
              onRemove={() => setStages(stages.filter((one) => one !== stage))}
            />
          ))}
        </ol>
        <Button size="sm" className="mt-2" onClick={() => setStages([...stages, draft("", "open", 50)])}>
          <Icon of={Plus} size={14} />
          {t("addStage")}
        </Button>
        <p role="alert" className="mt-1.5 text-12 text-danger empty:hidden">
          {isTried && !stages.every(isWhole) ? t("stagesMissing") : null}
        </p>
      </fieldset>
    </PlainForm>
  );
}
