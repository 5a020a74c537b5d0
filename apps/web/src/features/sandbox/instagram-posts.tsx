import type { SandboxInstagramMedia, SandboxInstagramPerson } from "@pult/sandbox/instagram/control.ts";
import { Radio, SendHorizontal } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Avatar } from "../../ui/avatar.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { control, pictureUrl } from "./control-client.ts";
import { commentThreads } from "./instagram-lines.ts";
import { useAttempt, useWorld } from "./sandbox-context.tsx";

/** Of a post's comments the newest are shown. */
const SHOWN_COMMENTS = 30;

function Comments({ mediaId }: { mediaId: string }) {
  const t = useTranslations("sandbox.instagram");
  const { comments } = useWorld().instagram;
  const threads = commentThreads(comments, mediaId);
  const hidden = Math.max(0, threads.length - SHOWN_COMMENTS);
  return (
    <>
      {hidden > 0 ? <p className="pb-1 text-12 text-muted">{t("olderComments", { count: hidden })}</p> : null}
      <ul aria-label={t("comments")} aria-live="polite" className="flex flex-col gap-1">
        {threads.slice(hidden).map(({ comment, isAnswer }) => (
          <li key={comment.id} className={cx("flex gap-2 text-13/[18px]", isAnswer && "ml-7")}>
            <Avatar name={comment.from.username} size={20} />
            <p className="min-w-0 flex-1 break-words">
              <b className="font-semibold">{comment.from.username}</b> {comment.text}
              {comment.hasPrivateReply ? (
                <span className="block text-12 text-muted">{t("answeredPrivately")}</span>
              ) : null}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}

function CommentField({ person, media }: { person: SandboxInstagramPerson; media: SandboxInstagramMedia }) {
  const t = useTranslations("sandbox.instagram");
  const attempt = useAttempt();
  const [text, setText] = useState("");
  const label = t("commentUnder", { caption: media.caption });
  const send = async () => {
    const comment = { personId: person.id, mediaId: media.id, text: text.trim() };
    if (comment.text !== "" && (await attempt(() => control.instagram.comment(comment)))) setText("");
  };
  return (
    <form
      className="flex items-center gap-1"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <input
        aria-label={label}
        placeholder={t("comment")}
        value={text}
        maxLength={2_200}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        className="h-8 min-w-0 flex-1 rounded-full border border-control bg-surface px-3 text-13 placeholder:text-muted max-md:h-11 max-md:text-16"
      />
      <IconButton icon={SendHorizontal} type="submit" label={t("sendComment")} disabled={text.trim() === ""} />
    </form>
  );
}

function Post({ person, media }: { person: SandboxInstagramPerson; media: SandboxInstagramMedia }) {
  const t = useTranslations("sandbox.instagram");
  const attempt = useAttempt();
  const isVideo = media.kind === "live";
  const isOver = isVideo && !media.isLive;
  return (
    <article aria-label={media.caption} className="flex flex-col gap-2 border-line border-b px-3 py-3 last:border-b-0">
      <div className="relative">
        {/* biome-ignore lint/performance/noImgElement: a drawn picture of the sandbox's own */}
        <img
          src={pictureUrl(media.file)}
          alt=""
          className={cx("aspect-[4/3] w-full rounded-2 object-cover", isOver && "opacity-40")}
        />
        {isVideo ? (
          <span className="absolute top-2 left-2">
            <Chip tone={isOver ? "neutral" : "danger"}>
              <Icon of={Radio} size={12} />
              {t(isOver ? "liveOver" : "onAir")}
            </Chip>
          </span>
        ) : null}
      </div>
      <p className="text-13/[18px]">{media.caption}</p>
      <Comments mediaId={media.id} />
      {isOver ? null : <CommentField person={person} media={media} />}
      {isVideo ? (
        <Button size="sm" className="self-start" onClick={() => attempt(() => control.instagram.setLive(isOver))}>
          {t(isOver ? "goLive" : "endLive")}
        </Button>
      ) : null}
    </article>
  );
}

type InstagramPostsProps = { person: SandboxInstagramPerson; media: readonly SandboxInstagramMedia[] };

/** Posts of the business, or its live video, with what people write under them. */
export function InstagramPosts({ person, media }: InstagramPostsProps) {
  const t = useTranslations("sandbox.instagram");
  return (
    <section
      aria-label={t("postsOf")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
      tabIndex={0}
      className="scroll-pane min-h-0 flex-1"
    >
      {media.map((one) => (
        <Post key={one.id} person={person} media={one} />
      ))}
    </section>
  );
}
