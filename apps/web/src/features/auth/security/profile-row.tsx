"use client";

import type { Security } from "@pult/api/auth/account/schema.ts";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { useAgent } from "../agent-context.tsx";
import { useRoleText } from "../role-text.ts";
import { WayPanel } from "./way-row.tsx";

const ProfileForm = lazyModule(() => import("./profile-form.tsx")).part((module) => module.ProfileForm);

/** What one is called, by which address one is known, and which role one has. */
export function ProfileRow({ security }: { security: Security }) {
  const t = useTranslations("security");
  const agent = useAgent();
  const roleText = useRoleText();
  const [isOpen, setOpen] = useState(false);
  return (
    <div>
      <div className="grid min-h-12 grid-cols-[36px_minmax(0,1fr)_auto] items-center gap-x-3 py-1.5">
        <Avatar name={agent.name} size={36} />
        <span className="min-w-0">
          <span className="block truncate font-medium">{agent.name}</span>
          <span className="block truncate text-12 text-muted">
            {security.email} · {roleText(agent)}
          </span>
        </span>
        {isOpen ? null : <Button onClick={() => setOpen(true)}>{t("changeName")}</Button>}
      </div>
      {isOpen ? (
        <WayPanel>
          <ProfileForm onClose={() => setOpen(false)} />
        </WayPanel>
      ) : null}
    </div>
  );
}
