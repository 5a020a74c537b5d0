import type { Device } from "@pult/api/push/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Globe, Smartphone, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useStore } from "zustand";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useMay } from "../../auth/agent-context.tsx";
import { useDeviceText } from "../../auth/security/device-text.ts";
import { WayRow } from "../../auth/security/parts.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { LastPush, usePushAnswer } from "../../support/customer/push-answer.tsx";
import { useBrowserPush } from "../browser-push.ts";
import { useReasonText } from "../reason-text.ts";

type DeviceRowProps = {
  device: Device;
  /** Whether it is the browser that shows it. */
  isThis: boolean;
  /** Whether its owner sees it. */
  isMine: boolean;
  onChanged: () => void;
};

function useTest(onChanged: () => void) {
  const t = useTranslations("notices.devices");
  const trpc = useTRPC();
  const failed = useFailureToast();
  const showAnswer = usePushAnswer();
  const [answer, setAnswer] = useState<string | null>(null);
  const { mutate, isPending } = useMutation(
    trpc.notifications.push.test.mutationOptions({
      onMutate: () => setAnswer(null),
      onSuccess: (result) => setAnswer(showAnswer(result)),
      onError: failed(t("testFailed")),
      onSettled: onChanged,
    }),
  );
  return { answer, isPending, test: (deviceId: string) => !isPending && mutate({ deviceId }) };
}

function RemoveButton({ device, isThis, onChanged }: DeviceRowProps) {
  const t = useTranslations("notices.devices");
  const trpc = useTRPC();
  const push = useBrowserPush();
  const failed = useFailureToast();
  const { mutate, isPending } = useMutation(
    trpc.notifications.push.unsubscribe.mutationOptions({
      onSuccess: async () => {
        if (isThis) await push.turnOff();
        showToast({ icon: Trash2, title: t("removed") });
      },
      onError: failed(t("removeFailed")),
      onSettled: onChanged,
    }),
  );
  return <IconButton icon={Trash2} label={t("remove")} onClick={() => !isPending && mutate({ deviceId: device.id })} />;
}

function DeviceRow(props: DeviceRowProps) {
  const { device, isThis, isMine, onChanged } = props;
  const t = useTranslations("notices.devices");
  const time = useTimeText();
  const deviceText = useDeviceText();
  const reasonText = useReasonText();
  const mayTestAll = useMay()("notifications:write");
  const { answer, isPending, test } = useTest(onChanged);
  const { id, provider, platform, registeredAt, removedAt, lastPush } = device;
  return (
    <li className="border-line border-t">
      <WayRow
        icon={provider === "fcm" ? Smartphone : Globe}
        title={deviceText(platform === "unknown" ? "" : platform)}
        hint={
          <>
            {t("since", { date: time.date(registeredAt) })} · <LastPush device={device} />
            {lastPush ? <span className="block text-danger">{reasonText(lastPush, "push")}</span> : null}
            {answer ? (
              <span role="status" className="block text-fg-2">
                {answer}
              </span>
            ) : null}
          </>
        }
      >
        {isThis ? <Chip>{t("this")}</Chip> : null}
        {!removedAt && (isMine || mayTestAll) ? (
          <Button aria-disabled={isPending} onClick={() => test(id)}>
            {t(isPending ? "testing" : "test")}
          </Button>
        ) : null}
        {!removedAt && isMine ? <RemoveButton {...props} /> : null}
      </WayRow>
    </li>
  );
}

/** What its owner took out of use is no news; what the provider called dead is. */
const isShown = ({ removedAt, lastPush }: Device): boolean => removedAt === null || lastPush?.state === "removed";

/** A person's devices, or one's own, with what the provider said last. */
export function DeviceList({ personId }: { personId?: string }) {
  const t = useTranslations("notices.devices");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const push = useBrowserPush();
  const state = useStore(push.state);
  const errorText = useErrorText();
  const input = personId === undefined ? {} : { personId };
  const { data, error, refetch } = useQuery(trpc.notifications.push.devices.queryOptions(input, { staleTime: 0 }));
  const readAgain = () => void queryClient.invalidateQueries({ queryKey: trpc.notifications.push.devices.queryKey() });
  if (error) {
    return (
      <p role="alert" className="flex flex-wrap items-center gap-2 py-2 text-danger">
        {t("listFailed")} {errorText(error)}
        <Button onClick={() => void refetch()}>{t("retry")}</Button>
      </p>
    );
  }
  const devices = data?.devices.filter(isShown) ?? [];
  if (data && devices.length === 0) return personId ? <p className="py-2 text-muted">{t("none")}</p> : null;
  return (
    <ul aria-label={t("list")}>
      {devices.map((device) => (
        <DeviceRow
          key={device.id}
          device={device}
          isMine={personId === undefined}
          isThis={state === "on" && device.deviceId === push.deviceId()}
          onChanged={readAgain}
        />
      ))}
    </ul>
  );
}
