import type { SandboxMtprotoAccount, SandboxMtprotoChat, SandboxMtprotoPerson } from "@pult/sandbox/mtproto/control.ts";
import { ArrowLeft, Ellipsis, LogOut, Send, Snowflake, Users } from "lucide-react";
import { useTranslations } from "next-intl";
import { type FormEvent, useEffect, useEffectEvent, useState } from "react";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Menu, MenuItem, MenuSeparator } from "../../ui/menu.tsx";
import { control } from "./control-client.ts";
import { linkedLines, uidOf } from "./linked-lines.ts";
import { MessageComposer } from "./message-composer.tsx";
import { PhoneFrame, PhoneHead } from "./phone-frame.tsx";
import type { PhoneLine } from "./phone-lines.ts";
import { PhoneThread } from "./phone-thread.tsx";
import { useAddress, useAttempt, useWorld } from "./sandbox-context.tsx";

/** The Telegram of a person in the data centre: of one whose account can be linked, or of one who writes to such an account. */
export function LinkedPhoneView({ person }: { person: SandboxMtprotoPerson }) {
  const t = useTranslations("sandbox.linked");
  const { mtproto, faults } = useWorld();
  const [{ chat: open }, setAddress] = useAddress();
  const chats = mtproto.chats.filter(({ people }) => people.includes(person.id));
  const chat = chats.find(({ key }) => key === open);
  return (
    <PhoneFrame isOnline={!faults.mtprotoDown} label={t("of", { name: person.name })}>
      {chat ? (
        <Chat key={chat.key} chatKey={chat.key} person={person} onBack={() => setAddress({ chat: null })} />
      ) : (
        <ChatList person={person} onOpen={(key) => setAddress({ chat: key })} />
      )}
    </PhoneFrame>
  );
}

/** A chat by the names of the others. */
function useTitle(person: SandboxMtprotoPerson) {
  const { people: all } = useWorld().mtproto;
  const t = useTranslations("sandbox.linked");
  return ({ kind, title, people }: Pick<SandboxMtprotoChat, "kind" | "title" | "people">): string => {
    if (kind !== "private") return title;
    const other = people.find((id) => id !== person.id);
    return all.find(({ id }) => id === other)?.name ?? t("saved");
  };
}

function ChatList({ person, onOpen }: { person: SandboxMtprotoPerson; onOpen: (key: string) => void }) {
  const t = useTranslations("sandbox.linked");
  const { chats, accounts } = useWorld().mtproto;
  const titleOf = useTitle(person);
  const account = accounts.find(({ personId }) => personId === person.id);
  return (
    <>
      <PhoneHead icon={Send} title={person.name} line={account ? t("canBeLinked") : t("writes")}>
        {account ? <AccountMenu account={account} /> : null}
      </PhoneHead>
      <div className="scroll-pane min-h-0 flex-1">
        {account ? <SignIn account={account} /> : null}
        <ul aria-label={t("chats")}>
          {chats
            .filter(({ people }) => people.includes(person.id))
            .map((chat) => (
              <li key={chat.key}>
                <button
                  type="button"
                  onClick={() => onOpen(chat.key)}
                  className="flex min-h-12 w-full items-center gap-2.5 border-line border-b px-3 py-1.5 text-start hover:bg-surface-3"
                >
                  <Avatar name={titleOf(chat)} size={32} />
                  <span className="min-w-0 flex-1">
                    <span className="block truncate font-medium text-13">{titleOf(chat)}</span>
                    <span className="block truncate text-12 text-muted">{chat.latest?.text || t("noWords")}</span>
                  </span>
                </button>
              </li>
            ))}
        </ul>
      </div>
    </>
  );
}

/** What linking the account takes: everything here is play. */
function SignIn({ account }: { account: SandboxMtprotoAccount }) {
  const t = useTranslations("sandbox.linked");
  const attempt = useAttempt();
  const [token, setToken] = useState("");
  const { personId: accountId, phone, code, password, sessions } = account;
  const scan = async (event: FormEvent) => {
    event.preventDefault();
    if (await attempt(() => control.mtproto.scan({ token: token.trim(), accountId }))) setToken("");
  };
  const facts = [
    [t("phone"), `+${phone}`],
    [t("code"), code ?? t("noCode")],
    [t("password"), password ?? t("noPassword")],
    [t("devices"), sessions.length === 0 ? t("noDevices") : sessions.map(({ device }) => device).join(", ")],
  ];
  return (
    <section aria-label={t("signIn")} className="border-line border-b bg-surface-2 px-3 py-2.5">
      <dl className="grid grid-cols-[auto_1fr] gap-x-3 gap-y-1 text-12">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-muted">{name}</dt>
            <dd className="num truncate text-right font-medium" title={value}>
              {value}
            </dd>
          </div>
        ))}
      </dl>
      <form onSubmit={scan} className="mt-2 flex items-center gap-2">
        <input
          aria-label={t("scan")}
          placeholder={t("scanPlaceholder")}
          value={token}
          onChange={({ currentTarget }) => setToken(currentTarget.value)}
          className="h-8 min-w-0 flex-1 rounded-2 border border-control bg-surface px-2 text-12 max-md:h-10"
        />
        <Button size="sm" type="submit" disabled={token.trim() === ""}>
          {t("confirm")}
        </Button>
      </form>
    </section>
  );
}

/** What Telegram, or the account's owner on the phone, may do to a linked account. */
function AccountMenu({ account }: { account: SandboxMtprotoAccount }) {
  const t = useTranslations("sandbox.linked");
  const attempt = useAttempt();
  const { personId, restriction } = account;
  const { mtproto } = control;
  const restrict = (kind: "peerFlood" | "frozen") => () =>
    attempt(() => mtproto.restrict(personId, restriction === kind ? "none" : kind));
  return (
    <Menu align="end" trigger={<IconButton icon={Ellipsis} label={t("more")} />}>
      <MenuItem icon={Send} onSelect={() => attempt(() => mtproto.sendScheduled(personId))}>
        {t("sendScheduled")}
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={Users} onSelect={restrict("peerFlood")}>
        {t(restriction === "peerFlood" ? "unlimit" : "limit")}
      </MenuItem>
      <MenuItem icon={Snowflake} onSelect={restrict("frozen")}>
        {t(restriction === "frozen" ? "unfreeze" : "freeze")}
      </MenuItem>
      <MenuItem icon={LogOut} danger onSelect={() => attempt(() => mtproto.revoke(personId))}>
        {t("revoke")}
      </MenuItem>
    </Menu>
  );
}

/** The chat as the data centre has it, read again after every change. */
function useChat(key: string): SandboxMtprotoChat | null {
  const { mtproto } = useWorld();
  const [chat, setChat] = useState<SandboxMtprotoChat | null>(null);
  const read = useEffectEvent((signal: AbortSignal) =>
    control.mtproto.chat(key, signal).then(setChat, () => {
      // The page says itself when the sandbox is away, and reads again when it is back.
    }),
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of the data centre is what it is read for
  useEffect(() => {
    const controller = new AbortController();
    void read(controller.signal);
    return () => controller.abort();
  }, [mtproto]);
  return chat;
}

type Task = { kind: "reply" | "edit"; uid: number; title: string; text: string; key: string };
const TYPING_MS = 4_000;

function Chat({ chatKey, person, onBack }: { chatKey: string; person: SandboxMtprotoPerson; onBack: () => void }) {
  const t = useTranslations("sandbox");
  const { people } = useWorld().mtproto;
  const attempt = useAttempt();
  const titleOf = useTitle(person);
  const chat = useChat(chatKey);
  const [task, setTask] = useState<Task | null>(null);
  const [typedAt, setTypedAt] = useState(0);
  const place = { from: person.id, chat: chatKey };
  const newest = chat?.messages.at(-1);
  const isUnread = newest !== undefined && newest.fromId !== person.id;
  const markRead = useEffectEvent(() => void control.mtproto.read(place).catch(() => {}));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is on the screen is read, each new message anew
  useEffect(() => {
    if (isUnread) markRead();
  }, [isUnread, newest?.uid]);
  const begin = (kind: Task["kind"]) => (line: PhoneLine) => {
    const title = kind === "edit" ? t("editing") : t("linked.reply");
    setTask({ kind, uid: uidOf(line), title, text: line.text, key: `${kind} ${line.key} ${Date.now()}` });
  };
  const send = async (text: string, files: readonly File[]) => {
    const { mtproto } = control;
    const isTaken = await attempt(() =>
      task?.kind === "edit"
        ? mtproto.edit({ uid: task.uid, text })
        : mtproto.write({ ...place, text, ...(task ? { replyTo: task.uid } : {}) }, files),
    );
    if (isTaken) setTask(null);
    return isTaken;
  };
  const type = () => {
    if (Date.now() - typedAt < TYPING_MS) return;
    setTypedAt(Date.now());
    control.mtproto.typing(place).catch(() => {});
  };
  const react = (line: PhoneLine) => {
    const message = chat?.messages.find(({ uid }) => uid === uidOf(line));
    const isMine = message?.reactions.some(({ personId }) => personId === person.id);
    void attempt(() => control.mtproto.react({ uid: uidOf(line), from: person.id, emoji: isMine ? null : "❤" }));
  };
  const title = chat ? titleOf(chat) : "";
  const words = { voice: t("linked.voice"), video: t("linked.video") };
  return (
    <>
      <div className="flex items-center [&>header]:flex-1 [&>header]:border-b-0 [&>header]:pl-0">
        <IconButton icon={ArrowLeft} label={t("back")} onClick={onBack} />
        <PhoneHead icon={chat?.kind === "private" ? Send : Users} title={title} line={person.name} />
      </div>
      <PhoneThread
        lines={linkedLines(chat?.messages ?? [], { me: person.id, people, words })}
        own={person.name}
        other={title}
        empty={<p className="m-auto text-center text-12 text-muted">{chat ? t("noMessages") : t("loading")}</p>}
        onReply={begin("reply")}
        onEdit={begin("edit")}
        onRemove={(line) => attempt(() => control.mtproto.remove(uidOf(line)))}
        onReact={react}
      />
      <MessageComposer
        label={t("linked.of", { name: person.name })}
        placeholder={t("writeToBot")}
        takesAny
        task={task}
        onCancelTask={() => setTask(null)}
        onType={type}
        onSend={send}
      />
    </>
  );
}
