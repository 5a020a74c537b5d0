import { cloneElement, useState } from "react";
import { lazyModule } from "./lazy.tsx";
import type { MenuProps } from "./menu-parts.tsx";

const parts = lazyModule(() => import("./menu-parts.tsx"));
const MenuRoot = parts.part((module) => module.MenuRoot, { whileLoading: ({ trigger }) => trigger });

export const MenuItem = parts.part((module) => module.MenuItem);
export const MenuGroup = parts.part((module) => module.MenuGroup);
export const MenuSeparator = parts.part((module) => module.MenuSeparator);

const prefetch = () => void parts.load().catch(() => {});

/**
 * A menu behind its button. What it takes to show one is fetched when the button is first pointed at or focused, so that a page
 * with ten menus does not start slower than one without.
 */
export function Menu({ open, onOpenChange, ...props }: MenuProps) {
  const [isWanted, setWanted] = useState(false);
  const [isOpenItself, setOpenItself] = useState(false);
  const isOpen = open ?? isOpenItself;
  // Also opened by a key: what is chosen is done once the menu has closed, which it must outlive.
  if (isOpen && !isWanted) setWanted(true);
  const setOpen = onOpenChange ?? setOpenItself;
  const closed = cloneElement(props.trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: prefetch,
    onFocus: prefetch,
    onClick: () => setOpen(true),
  });
  if (!isWanted) return closed;
  return <MenuRoot {...props} open={isOpen} onOpenChange={setOpen} />;
}
