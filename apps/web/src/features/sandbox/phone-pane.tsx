import type { SandboxUser } from "@pult/sandbox/control.ts";
import type { SandboxInstagramPerson } from "@pult/sandbox/instagram/control.ts";
import { Bot, Headset, RotateCw, TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useStore } from "zustand";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { Select } from "../../ui/select.tsx";
import { Switch } from "../../ui/switch.tsx";
import type { AppPhone, AppPhoneSnapshot } from "./app-phone.ts";
import { control } from "./control-client.ts";
import { InstagramPhoneView } from "./instagram-phone.tsx";
import { LinkedPhoneView } from "./linked-phone.tsx";
import { MessageComposer, useChatTask } from "./message-composer.tsx";
import { MiniAppPhoneView } from "./mini-app-phone-view.tsx";
import { PhoneFrame, PhoneHead } from "./phone-frame.tsx";
import { appLines, type PhoneLine, telegramLines } from "./phone-lines.ts";
import { PhoneThread } from "./phone-thread.tsx";
import { PHONE_KINDS, type PhoneKind, useAddress, useAttempt, useWorld } from "./sandbox-context.tsx";

type AppPhoneViewProps = {
  phone: AppPhone;
  customerName: string;
  isInBackground: boolean;
  onBackground: (isInBackground: boolean) => void;
};

/** The customer's mobile app: nothing here knows of anything but the documented API. */
function AppPhoneView({ phone, customerName, isInBackground, onBackground }: AppPhoneViewProps) {
  const t = useTranslations("sandbox");
  const snapshot = useStore(phone.state);
  return (
    <>
      <PhoneFrame isOnline={snapshot.connection !== "offline"} label={t("appOf", { name: customerName })}>
        {isInBackground ? (
          <HomeScreen onOpen={() => onBackground(false)} />
        ) : (
          <AppScreen phone={phone} snapshot={snapshot} customerName={customerName} />
        )}
      </PhoneFrame>
      <div className="mx-auto flex w-full max-w-[328px] items-center gap-2">
        <span className="min-w-0 flex-1">{t("background")}</span>
        <span className="text-12 text-muted">{t(isInBackground ? "pushIsShown" : "socketIsOpen")}</span>
        <Switch checked={isInBackground} onChange={onBackground} label={t("background")} />
      </div>
    </>
  );
}

type AppScreenProps = { phone: AppPhone; snapshot: AppPhoneSnapshot; customerName: string };

function AppScreen({ phone, snapshot, customerName }: AppScreenProps) {
  const t = useTranslations("sandbox");
  const { messages, outgoing, connection, failure, isLoaded } = snapshot;
  return (
    <>
      <PhoneHead icon={Headset} title={t("appTitle")} line={t(`connection.${connection}`)} />
      {failure ? (
        <Banner
          tone="danger"
          icon={TriangleAlert}
          action={<IconButton icon={RotateCw} label={t("retry")} onClick={phone.reload} />}
        >
          {failure}
        </Banner>
      ) : null}
      <PhoneThread
        key={customerName}
        lines={appLines(messages, outgoing)}
        own={customerName}
        other={t("appTitle")}
        empty={<p className="m-auto text-center text-12 text-muted">{isLoaded ? t("appEmpty") : t("loading")}</p>}
        queue={phone.queue}
      />
      <MessageComposer
        label={t("appOf", { name: customerName })}
        placeholder={t("writeAsCustomer")}
        onSend={async (text, photos) => {
          phone.send(text, photos);
          return true;
        }}
      />
    </>
  );
}

function HomeScreen({ onOpen }: { onOpen: () => void }) {
  const t = useTranslations("sandbox");
  return (
    <div className="grid min-h-0 flex-1 place-items-center bg-surface-3 p-6 text-center">
      <div>
        <p className="font-semibold text-14">{t("awayTitle")}</p>
        <p className="mt-1 mb-3 text-fg-2">{t("awayHint")}</p>
        <Button onClick={onOpen}>{t("openApp")}</Button>
      </div>
    </div>
  );
}

function TelegramPhoneView({ customer }: { customer: SandboxUser }) {
  const t = useTranslations("sandbox");
  const { bot, privateChats, faults } = useWorld();
  const attempt = useAttempt();
  const messages = privateChats.find((one) => one.userId === customer.id)?.messages ?? [];
  const chat = { userId: customer.id, chatId: customer.id };
  const { task, begin, cancel, send } = useChatTask(chat);
  const beginWith = (kind: "reply" | "edit") => (line: PhoneLine) => {
    if (line.message) begin(kind, line.message, line.own ? customer.name : bot.name);
  };
  return (
    <PhoneFrame isOnline={!faults.telegramDown} label={t("telegramOf", { name: customer.name })}>
      <PhoneHead icon={Bot} title={bot.name} line={`@${bot.username}`} />
      <PhoneThread
        lines={telegramLines(messages, customer.id)}
        own={customer.name}
        other={bot.name}
        empty={<p className="m-auto max-w-56 text-center text-12 text-muted">{t("telegramEmpty")}</p>}
        onReply={beginWith("reply")}
        onEdit={beginWith("edit")}
      />
      {messages.length === 0 ? (
        <StartButton onStart={() => attempt(() => control.send({ ...chat, text: "/start" }))} />
      ) : (
        <MessageComposer
          label={t("telegramOf", { name: customer.name })}
          placeholder={t("writeToBot")}
          task={task}
          onCancelTask={cancel}
          onSend={send}
        />
      )}
    </PhoneFrame>
  );
}

/** Telegram accepts messages to a bot only after this. */
function StartButton({ onStart }: { onStart: () => void }) {
  const t = useTranslations("sandbox");
  return (
    <div className="border-line border-t p-2">
      <Button variant="primary" size="touch" className="w-full" onClick={onStart}>
        {t("start")}
      </Button>
    </div>
  );
}

type PhonePaneProps = {
  customer: SandboxUser;
  onCustomer: (id: number) => void;
  /** Whose Instagram is shown. */
  person: SandboxInstagramPerson | undefined;
  onPerson: (id: string) => void;
  kind: PhoneKind;
  onKind: (kind: PhoneKind) => void;
  appPhone: AppPhone | null;
  isInBackground: boolean;
  onBackground: (isInBackground: boolean) => void;
};

/** Whose Telegram is shown: those whose accounts can be linked, then those who write to them. */
function useLinkedUser() {
  const { accounts, people } = useWorld().mtproto;
  const [{ user }, setAddress] = useAddress();
  const isAccount = ({ id }: { id: number }) => accounts.some(({ personId }) => personId === id);
  const users = people.filter(({ isBot }) => !isBot).toSorted((a, b) => Number(isAccount(b)) - Number(isAccount(a)));
  return { users, user: users.find(({ id }) => id === user) ?? users[0], setAddress };
}

function UserSelect() {
  const t = useTranslations("sandbox.linked");
  const { users, user, setAddress } = useLinkedUser();
  const options = users.map(({ id, name }) => ({ value: String(id), label: name }));
  const choose = (id: string) => void setAddress({ user: Number(id), chat: null });
  return <Select label={t("user")} value={String(user?.id ?? "")} options={options} onChange={choose} />;
}

/** People on Instagram are no customers that the other apps know. */
function OwnerSelect({ customer, onCustomer, person, onPerson, kind }: PhonePaneProps) {
  const t = useTranslations("sandbox");
  const { users, instagram } = useWorld();
  if (kind === "linked") return <UserSelect />;
  if (kind === "instagram") {
    const people = instagram.people.map(({ id, name }) => ({ value: id, label: name }));
    return <Select label={t("instagram.person")} value={person?.id ?? ""} options={people} onChange={onPerson} />;
  }
  const customers = users.filter((user) => !user.staff).map(({ id, name }) => ({ value: String(id), label: name }));
  return (
    <Select
      label={t("customer")}
      value={String(customer.id)}
      options={customers}
      onChange={(id) => onCustomer(Number(id))}
    />
  );
}

export function PhonePane(props: PhonePaneProps) {
  const t = useTranslations("sandbox");
  const { customer, person, kind, appPhone } = props;
  const { user } = useLinkedUser();
  const kinds = PHONE_KINDS.map((value) => ({ value, label: t(`phoneKinds.${value}`) }));
  return (
    <section aria-label={t("phoneTitle")} className="flex min-h-0 min-w-0 flex-col bg-canvas">
      <header className="flex min-h-11 shrink-0 items-center gap-2 border-line border-b max-md:min-h-[52px] bg-surface px-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold text-13">{t("phoneTitle")}</h2>
        <OwnerSelect {...props} />
      </header>
      <div className="scroll-pane flex min-h-0 flex-1 flex-col gap-2 p-4 [--color-surface-3:var(--color-surface-4)]">
        <Segmented
          label={t("phoneKind")}
          value={kind}
          options={kinds}
          onChange={props.onKind}
          className="mx-auto mb-1"
        />
        {kind === "app" && appPhone ? (
          <AppPhoneView
            phone={appPhone}
            customerName={customer.name}
            isInBackground={props.isInBackground}
            onBackground={props.onBackground}
          />
        ) : null}
        {kind === "telegram" ? <TelegramPhoneView key={customer.id} customer={customer} /> : null}
        {kind === "miniApp" ? <MiniAppPhoneView key={customer.id} customer={customer} /> : null}
        {kind === "linked" && user ? <LinkedPhoneView key={user.id} person={user} /> : null}
        {kind === "instagram" && person ? <InstagramPhoneView key={person.id} person={person} /> : null}
      </div>
    </section>
  );
}
