import { zodResolver } from "@hookform/resolvers/zod";
import { createRoomInput, type RoomSummary } from "@pult/api/trading/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useMemo } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Field, Input } from "../../../ui/field.tsx";
import { Sheet } from "../../../ui/modal.tsx";
import { SheetForm } from "../../settings/sheet-form.tsx";
import { newId } from "../../thread/send-queue.ts";

const MAX_FEE_PERCENT = 10;

/** The API's rules, with the fee in percent as people know it: at most two decimals. */
const fields = createRoomInput.pick({ name: true }).extend({
  fee: z.number().min(0).max(MAX_FEE_PERCENT).multipleOf(0.01),
});
type Fields = z.infer<typeof fields>;

const toPercent = (typed: unknown) =>
  typeof typed === "string" ? Number(typed.trim().replace(",", ".") || Number.NaN) : typed;

type CreateSheetProps = { onCreated: (room: RoomSummary) => void; onClose: () => void };

/** A new room with a token of its own. */
export function CreateSheet({ onCreated, onClose }: CreateSheetProps) {
  const t = useTranslations("roomsDesk.create");
  const trpc = useTRPC();
  // A repeat after a lost answer makes no second room.
  const clientId = useMemo(newId, []);
  const create = useMutation(trpc.trading.rooms.create.mutationOptions({ onSuccess: onCreated }));
  const form = useForm<Fields>({ resolver: zodResolver(fields), defaultValues: { name: "", fee: 1 } });
  const { errors } = form.formState;
  return (
    <Sheet onClose={onClose} title={t("title")}>
      <SheetForm
        form={form}
        call={create}
        onSend={({ name, fee }) => create.mutate({ name, feeBps: Math.round(fee * 100), clientId })}
        submitLabel={t("create")}
        note={t("note")}
        onClose={onClose}
      >
        <Field label={t("name")} hint={t("nameHint")} error={errors.name && t("nameInvalid")}>
          {(control) => (
            <Input
              {...control}
              {...form.register("name")}
              data-first-focus
              maxLength={80}
              autoComplete="off"
              className="max-md:h-11"
            />
          )}
        </Field>
        <Field label={t("fee")} hint={t("feeHint")} error={errors.fee && t("feeInvalid", { max: MAX_FEE_PERCENT })}>
          {(control) => (
            <Input
              {...control}
              {...form.register("fee", { setValueAs: toPercent })}
              inputMode="decimal"
              autoComplete="off"
              className="num max-md:h-11"
            />
          )}
        </Field>
      </SheetForm>
    </Sheet>
  );
}
