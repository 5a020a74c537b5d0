import type { SandboxInstagramPerson } from "@pult/sandbox/instagram/control.ts";
import { AtSign, Camera, CheckCheck, CircleDashed, Ellipsis, MessageCircle, Share2, Store } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { IconButton } from "../../ui/icon-button.tsx";
import { Menu, MenuItem } from "../../ui/menu.tsx";
import { Segmented } from "../../ui/segmented.tsx";
import { control } from "./control-client.ts";
import { type InstagramWords, instagramLines } from "./instagram-lines.ts";
import { InstagramPosts } from "./instagram-posts.tsx";
import { MessageComposer } from "./message-composer.tsx";
import { PhoneFrame, PhoneHead } from "./phone-frame.tsx";
import type { PhoneLine } from "./phone-lines.ts";
import { PhoneThread } from "./phone-thread.tsx";
import { useAttempt, useWorld } from "./sandbox-context.tsx";

const TABS = ["messages", "posts", "live"] as const;

/** A person's Instagram: the conversation with the business, its posts, its live video. */
export function InstagramPhoneView({ person }: { person: SandboxInstagramPerson }) {
  const t = useTranslations("sandbox.instagram");
  const { instagram } = useWorld();
  const { account, media } = instagram;
  const [tab, setTab] = useState<(typeof TABS)[number]>("messages");
  const tabs = TABS.map((value) => ({ value, label: t(`tab.${value}`) }));
  const shown = media.filter(({ kind }) => kind === (tab === "live" ? "live" : "post"));
  return (
    <PhoneFrame isOnline label={t("of", { name: person.name })}>
      <PhoneHead icon={Camera} title={account.name} line={`@${account.username}`} />
      <div className="flex border-line border-b px-3 py-1.5">
        <Segmented
          label={t("tabs")}
          value={tab}
          options={tabs}
          onChange={setTab}
          className="flex-1 [&>button]:flex-1"
        />
      </div>
      {tab === "messages" ? <Messages person={person} /> : <InstagramPosts key={tab} person={person} media={shown} />}
    </PhoneFrame>
  );
}

type Task = { title: string; text: string; key: string } & ({ mid: string } | { storyId: string });

function useWords(): InstagramWords {
  const t = useTranslations("sandbox.instagram");
  return {
    unsent: t("unsent"),
    story: t("storyReply"),
    replyTo: t("replyTo"),
    shared: t("shared"),
    storyMention: { author: t("ownStory"), text: t("storyMention") },
    fromApp: { author: t("app"), text: t("fromApp") },
  };
}

function Messages({ person }: { person: SandboxInstagramPerson }) {
  const t = useTranslations("sandbox.instagram");
  const { instagram } = useWorld();
  const attempt = useAttempt();
  const [task, setTask] = useState<Task | null>(null);
  const { id: personId } = person;
  const story = instagram.media.find(({ kind }) => kind === "story");
  const reactTo = ({ key: mid, reaction }: PhoneLine) =>
    attempt(() => control.instagram.react({ personId, mid, emoji: reaction === null ? "❤️" : null }));
  const write = async (text: string, photos: readonly File[]) => {
    const place = task === null ? {} : "mid" in task ? { replyToMid: task.mid } : { storyId: task.storyId };
    const isTaken = await attempt(async () => {
      // A message on Instagram is a picture or a text.
      for (const photo of photos) await control.instagram.write({ personId, ...place }, photo);
      if (text !== "") await control.instagram.write({ personId, text, ...place });
    });
    if (isTaken) setTask(null);
    return isTaken;
  };
  return (
    <>
      <PhoneThread
        lines={instagramLines(instagram, personId, useWords())}
        own={person.name}
        other={instagram.account.name}
        empty={<p className="m-auto max-w-56 text-center text-12 text-muted">{t("empty")}</p>}
        onReply={({ key: mid, text }) => setTask({ mid, title: t("replyTo"), text, key: `${mid} ${Date.now()}` })}
        onRemove={({ key: mid }) => attempt(() => control.instagram.unsend({ personId, mid }))}
        onReact={reactTo}
      />
      <div className="flex items-end border-line border-t [&>form]:min-w-0 [&>form]:flex-1 [&>form]:border-t-0">
        <MessageComposer
          label={t("of", { name: person.name })}
          placeholder={t("write")}
          task={task && { ...task, kind: "reply" }}
          onCancelTask={() => setTask(null)}
          onSend={write}
        />
        <MoreMenu
          personId={personId}
          onStory={
            story
              ? () => setTask({ storyId: story.id, title: t("storyReply"), text: story.caption, key: `${Date.now()}` })
              : null
          }
        />
      </div>
    </>
  );
}

/** What people do beside writing, and what the business does in Instagram's own app. */
function MoreMenu({ personId, onStory }: { personId: string; onStory: (() => void) | null }) {
  const t = useTranslations("sandbox.instagram");
  const { media, account } = useWorld().instagram;
  const attempt = useAttempt();
  const { instagram } = control;
  const post = media.find(({ kind }) => kind === "post");
  const mention = () => instagram.mention({ personId, text: t("mentionText", { name: account.username }) });
  return (
    <Menu
      align="end"
      side="top"
      trigger={<IconButton icon={Ellipsis} label={t("more")} className="mr-1 mb-1.5 md:mb-3" />}
    >
      {onStory ? (
        <MenuItem icon={MessageCircle} onSelect={onStory}>
          {t("do.story")}
        </MenuItem>
      ) : null}
      <MenuItem icon={CircleDashed} onSelect={() => attempt(() => instagram.mentionInStory(personId))}>
        {t("do.storyMention")}
      </MenuItem>
      {post ? (
        <MenuItem icon={Share2} onSelect={() => attempt(() => instagram.share({ personId, mediaId: post.id }))}>
          {t("do.share")}
        </MenuItem>
      ) : null}
      <MenuItem icon={AtSign} onSelect={() => attempt(mention)}>
        {t("do.mention")}
      </MenuItem>
      <MenuItem icon={CheckCheck} onSelect={() => attempt(() => instagram.read(personId))}>
        {t("do.read")}
      </MenuItem>
      <MenuItem icon={Store} onSelect={() => attempt(() => instagram.writeAsAccount({ personId, text: t("appText") }))}>
        {t("do.fromApp")}
      </MenuItem>
    </Menu>
  );
}
