"use client";

import { cloneElement, lazy, Suspense, useState } from "react";
import type { MenuProps } from "./menu-parts.tsx";

const load = () => import("./menu-parts.tsx");
const MenuRoot = lazy(() => load().then((parts) => ({ default: parts.MenuRoot })));

export const MenuItem = lazy(() => load().then((parts) => ({ default: parts.MenuItem })));
export const MenuGroup = lazy(() => load().then((parts) => ({ default: parts.MenuGroup })));
export const MenuSeparator = lazy(() => load().then((parts) => ({ default: parts.MenuSeparator })));

/**
 * A menu behind its button. What it takes to show one is fetched when the button is first pointed at or focused, so that a page
 * with ten menus does not start slower than one without.
 */
export function Menu({ open, onOpenChange, ...props }: MenuProps) {
  const [isWanted, setWanted] = useState(false);
  const [isOpenItself, setOpenItself] = useState(false);
  const isOpen = open ?? isOpenItself;
  const setOpen = onOpenChange ?? setOpenItself;
  const closed = cloneElement(props.trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: load,
    onFocus: load,
    onClick: () => {
      setWanted(true);
      setOpen(true);
    },
  });
  if (!isWanted && !isOpen) return closed;
  return (
    <Suspense fallback={closed}>
      <MenuRoot {...props} open={isOpen} onOpenChange={setOpen} />
    </Suspense>
  );
}
