import type { CrmRecord, Entity } from "@pult/api/crm/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { toLocalField } from "../../../ui/local-field.ts";
import { Sheet, SheetBody, SheetFoot } from "../../../ui/modal.tsx";
import { Tabs } from "../../../ui/tabs.tsx";
import { useAgent, useMay } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { putRecord, readListsSoon } from "../data/records-cache.ts";
import { updateRecord, useRecordActions } from "../data/use-record-actions.ts";
import { useRecord } from "../data/use-records.ts";
import { useFields, usePipelines } from "../data/use-setup.ts";
import { CustomFieldInput } from "./custom-field.tsx";
import { DealStage } from "./deal-stage.tsx";
import { OwnerSelect, PickedFields, TextFields } from "./record-fields.tsx";
import { changesOf, inputOf, problemsOf, type Values, valuesOf } from "./record-values.ts";

const RecordTimeline = lazyModule(() => import("../card/record-timeline.tsx")).part((module) => module.RecordTimeline);
const PANEL = "record-panel";

type RecordSheetProps = {
  entity: Entity;
  /** Null for a new one. */
  id: string | null;
  /** What a new one begins with. */
  given?: Partial<Values>;
  onSaved?: (record: CrmRecord) => void;
  onClose: () => void;
};

type FormProps = Omit<RecordSheetProps, "id"> & { record: CrmRecord | null };

function useSave({ entity, record, onSaved, onClose }: FormProps) {
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (input: Record<string, unknown>): Promise<CrmRecord> => {
      if (record) {
        const changes = changesOf(record, input);
        return Object.keys(changes).length === 0 ? record : updateRecord(client, record, changes);
      }
      const { chats } = client;
      if (entity === "contact") return chats.contacts.create.mutate(input as never);
      if (entity === "company") return chats.companies.create.mutate(input as never);
      return chats.deals.create.mutate(input as never);
    },
    onSuccess(saved) {
      putRecord(queryClient, saved);
      readListsSoon(queryClient);
      onClose();
      onSaved?.(saved);
    },
  });
}

function RecordForm(props: FormProps) {
  const { entity, record, given = {}, onClose } = props;
  const t = useTranslations("contacts");
  const tCommon = useTranslations("common");
  const errorText = useErrorText();
  const { id: agentId } = useAgent();
  const fields = useFields(entity);
  const pipelines = usePipelines();
  const mayWrite = useMay()("chats:write");
  const save = useSave(props);
  const [values, setValues] = useState(() =>
    valuesOf(record, { ownerId: agentId, stageId: pipelines[0]?.stages[0]?.id ?? "", ...given }, toLocalField),
  );
  const [hasTried, setTried] = useState(false);
  const set = (changed: Partial<Values>) => setValues((before) => ({ ...before, ...changed }));
  const input = inputOf(entity, values);
  const problems = problemsOf(entity, input);
  const badNumbers = fields.filter(({ id, type }) => type === "number" && typeof values.fields[id] === "string");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problems.size > 0 || badNumbers.length > 0 || save.isPending) return;
    // A deal's stage is changed by a move, and a new one's is where it begins.
    save.mutate(entity === "deal" && !record && values.stageId ? { ...input, stageId: values.stageId } : input);
  };
  const refusal = errorText(save.error);
  const common = { entity, values, set, problems: hasTried ? problems : new Set<string>() };
  return (
    <form noValidate onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
      {refusal ? (
        <Banner tone="danger" icon={CircleAlert}>
          {refusal}
        </Banner>
      ) : null}
      <SheetBody>
        <fieldset disabled={!mayWrite} className="contents">
          {record?.entity === "deal" ? <DealStage deal={record} /> : null}
          <TextFields {...common} isNew={record === null} />
          <PickedFields {...common} />
          <OwnerSelect value={values.ownerId} onChange={(ownerId) => set({ ownerId })} />
          {fields.map((field) => (
            <CustomFieldInput
              key={field.id}
              field={field}
              value={values.fields[field.id] ?? null}
              onChange={(value) => set({ fields: { ...values.fields, [field.id]: value } })}
              error={hasTried && badNumbers.includes(field) ? t("invalid.number") : undefined}
            />
          ))}
        </fieldset>
      </SheetBody>
      <SheetFoot note={record && mayWrite ? <RemoveButton record={record} onRemoved={onClose} /> : undefined}>
        <Button onClick={onClose}>{tCommon(mayWrite ? "cancel" : "close")}</Button>
        {mayWrite ? (
          <Button type="submit" variant="primary" aria-disabled={save.isPending}>
            {record ? tCommon("save") : t("create")}
          </Button>
        ) : null}
      </SheetFoot>
    </form>
  );
}

function RemoveButton({ record, onRemoved }: { record: CrmRecord; onRemoved: () => void }) {
  const t = useTranslations("contacts");
  const { remove } = useRecordActions();
  const [isAsking, setAsking] = useState(false);
  const { entity, name } = record;
  return (
    <>
      <IconButton icon={Trash2} label={t(`delete.${entity}`)} onClick={() => setAsking(true)} />
      {isAsking ? (
        <ConfirmDialog
          isDanger
          title={t("deleteTitle", { name })}
          text={t(`deleteText.${entity}`)}
          action={t("deleteDo")}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            void remove(record).then((isGone) => isGone && onRemoved());
          }}
        />
      ) : null}
    </>
  );
}

function ExistingRecord({ id, ...props }: Omit<RecordSheetProps, "id"> & { id: string }) {
  const { data, error, refetch } = useRecord(props.entity, id);
  if (!data) return <SectionState error={error} onRetry={() => refetch()} />;
  // The form goes on with what it was opened with; a change of others is refused when it is saved.
  const form = <RecordForm {...props} record={data} />;
  // A contact has a page of its own.
  return data.entity === "contact" ? form : <WithTimeline record={data}>{form}</WithTimeline>;
}

/** The form of a record, and what happened with it. */
function WithTimeline({ record, children }: { record: CrmRecord; children: ReactNode }) {
  const t = useTranslations("contacts.card");
  const tCommon = useTranslations("contacts");
  const [tab, setTab] = useState<"details" | "timeline">("details");
  return (
    <>
      <Tabs
        label={record.name}
        panelId={PANEL}
        value={tab}
        tabs={[
          { value: "details", label: tCommon("details") },
          { value: "timeline", label: t("timeline") },
        ]}
        onChange={setTab}
      />
      <div
        id={PANEL}
        role="tabpanel"
        aria-label={tab === "details" ? tCommon("details") : t("timeline")}
        className="flex min-h-0 flex-1 flex-col"
      >
        {/* What was typed stays. */}
        <div className={tab === "details" ? "contents" : "hidden"}>{children}</div>
        {tab === "timeline" ? <RecordTimeline record={record} /> : null}
      </div>
    </>
  );
}

/** A contact, a company or a deal: a new one, or what is known of one, to be changed. */
export function RecordSheet({ id, ...props }: RecordSheetProps) {
  const t = useTranslations("contacts");
  const mayWrite = useMay()("chats:write");
  const { entity, onClose } = props;
  const title = id === null ? t(`new.${entity}`) : t(`${mayWrite ? "edit" : "one"}.${entity}`);
  return (
    <Sheet onClose={onClose} title={title}>
      {id === null ? <RecordForm {...props} record={null} /> : <ExistingRecord {...props} id={id} />}
    </Sheet>
  );
}
