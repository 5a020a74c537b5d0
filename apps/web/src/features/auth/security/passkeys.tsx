import type { Passkey } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, Ellipsis, KeyRound, Pencil, Plus, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC, useTRPCClient } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Menu, MenuItem } from "../../../ui/menu.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { ceremonyFailure, createPasskey, useWebAuthn } from "../web-authn.ts";
import { showSaved, WayRow } from "./parts.tsx";

/** Asks the device for a passkey and keeps it under the name of this browser; it can be renamed afterwards. */
function useAddPasskey() {
  const t = useTranslations("security");
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const nameOfThis = async () => {
    const { sessions } = await queryClient.fetchQuery(trpc.auth.sessions.list.queryOptions());
    return sessions.find(({ isCurrent }) => isCurrent)?.device ?? t("passkey");
  };
  return useMutation({
    mutationFn: async () => {
      const { challenge, options } = await client.auth.passkeys.registerOptions.mutate({});
      const response = await createPasskey(options);
      await client.auth.passkeys.register.mutate({ name: await nameOfThis(), challenge, response });
    },
    onSuccess: () => showSaved(t("passkeyAdded")),
    onError: (error) => {
      const title = t("passkeyNotAdded");
      const why = ceremonyFailure(error);
      if (why) showToast({ icon: CircleAlert, tone: "warning", title, description: t(`ceremony.${why}`) });
      else failed(title)(error);
    },
  });
}

const PasskeyName = lazyModule(() => import("./account-forms.tsx")).part((module) => module.PasskeyName);

function PasskeyRow({ passkey, onRemove }: { passkey: Passkey; onRemove: () => void }) {
  const t = useTranslations("security");
  const time = useTimeText();
  const [isRenaming, setRenaming] = useState(false);
  const { name, backedUp, createdAt, lastUsedAt } = passkey;
  const used = lastUsedAt ? t("usedAt", { time: time.moment(lastUsedAt) }) : t("notUsedYet");
  if (isRenaming) return <PasskeyName passkey={passkey} onClose={() => setRenaming(false)} />;
  return (
    <li className="grid min-h-11 grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-x-3 border-line border-t py-1 pl-10">
      <span className="min-w-0">
        <span className="block truncate font-medium">{name}</span>
        <span className="block text-12 text-muted">
          {t(backedUp ? "synced" : "notSynced")} · {t("addedAt", { date: time.date(createdAt) })}
          <span className="sm:hidden"> · {used}</span>
        </span>
      </span>
      <span className="num text-12 text-muted max-sm:hidden">{used}</span>
      <Menu trigger={<IconButton icon={Ellipsis} label={t("passkeyActions", { name })} />}>
        <MenuItem icon={Pencil} onSelect={() => setRenaming(true)}>
          {t("rename")}
        </MenuItem>
        <MenuItem icon={Trash2} danger onSelect={onRemove}>
          {t("remove")}
        </MenuItem>
      </Menu>
    </li>
  );
}

function RemoveDialog({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failed = useFailureToast();
  const remove = useMutation(
    trpc.auth.passkeys.remove.mutationOptions({
      onSuccess: () => showSaved(t("security.passkeyRemoved", { name: passkey.name })),
      onError: failed(t("security.passkeyNotRemoved")),
      onSettled: onClose,
    }),
  );
  return (
    <ConfirmDialog
      isDanger
      title={t("security.removeTitle", { name: passkey.name })}
      text={<p>{t("security.removeText")}</p>}
      action={t("security.remove")}
      isBusy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate({ id: passkey.id })}
    />
  );
}

/** Keys that devices keep: one press in the place of password and code. */
export function Passkeys({ passkeys }: { passkeys: readonly Passkey[] }) {
  const t = useTranslations("security");
  const isPossible = useWebAuthn(true);
  const { mutate: add, isPending } = useAddPasskey();
  const [removing, setRemoving] = useState<Passkey | null>(null);
  return (
    <div className="border-line border-t">
      <WayRow icon={KeyRound} title={t("passkeys")} hint={t(isPossible ? "passkeysHint" : "passkeysNeedHttps")}>
        {isPossible ? (
          <Button aria-disabled={isPending} onClick={() => !isPending && add()}>
            <Icon of={Plus} />
            {t(isPending ? "waitingForDevice" : "addPasskey")}
          </Button>
        ) : null}
      </WayRow>
      {passkeys.length > 0 ? (
        <ul aria-label={t("passkeys")}>
          {passkeys.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} onRemove={() => setRemoving(passkey)} />
          ))}
        </ul>
      ) : null}
      {removing ? <RemoveDialog passkey={removing} onClose={() => setRemoving(null)} /> : null}
    </div>
  );
}
