import { Menu as Base } from "@base-ui/react/menu";
import { Check, type LucideIcon } from "lucide-react";
import {
  type ComponentProps,
  createContext,
  type ReactElement,
  type ReactNode,
  type RefObject,
  use,
  useRef,
} from "react";
import { cx } from "./cx.ts";
import { Icon } from "./icon.tsx";
import { Kbd } from "./kbd.tsx";

export type MenuProps = {
  /** Rendered as the button that opens the menu. */
  trigger: ReactElement<ComponentProps<"button">>;
  children: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "center" | "end";
  side?: "top" | "bottom" | "left" | "right";
};

/** What was chosen. It is done once the menu has gone and its button has the focus: a dialog gives the focus back to where it was. */
const ChosenContext = createContext<RefObject<(() => void) | null>>({ current: null });

export function MenuRoot({ trigger, children, open, onOpenChange, align = "end", side = "bottom" }: MenuProps) {
  const chosen = useRef<(() => void) | null>(null);
  const finish = (isOpen: boolean) => {
    const run = chosen.current;
    if (isOpen || !run) return;
    chosen.current = null;
    // The popup is taken out with the next render, and gives the focus back then.
    requestAnimationFrame(run);
  };
  return (
    <Base.Root open={open} onOpenChange={onOpenChange} onOpenChangeComplete={finish} modal={false}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} side={side} sideOffset={4} collisionPadding={8} className="z-50 outline-none">
          <Base.Popup className="scroll-pane max-h-(--available-height) min-w-48 max-w-[min(320px,calc(100vw-16px))] rounded-3 bg-surface p-1 shadow-dialog outline-none">
            <ChosenContext value={chosen}>{children}</ChosenContext>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

const itemClass =
  "flex min-h-11 w-full cursor-pointer select-none items-center gap-2 rounded-2 px-2 text-13 outline-none data-disabled:cursor-default data-highlighted:bg-surface-3 data-disabled:text-disabled md:min-h-8";

type MenuItemProps = {
  onSelect: () => void;
  children: ReactNode;
  icon?: LucideIcon;
  leading?: ReactNode;
  /** Second column: a time, a key's name. */
  detail?: string;
  keys?: string;
  checked?: boolean;
  danger?: boolean;
  disabled?: boolean;
};

export function MenuItem(props: MenuItemProps) {
  const chosen = use(ChosenContext);
  return (
    <Base.Item
      onClick={() => {
        chosen.current = props.onSelect;
      }}
      disabled={props.disabled}
      aria-current={props.checked ? "true" : undefined}
      className={cx(itemClass, props.danger ? "text-danger" : "text-fg")}
    >
      {props.icon ? <Icon of={props.icon} className={props.danger ? "" : "text-muted"} /> : props.leading}
      <span className="min-w-0 flex-1 truncate">{props.children}</span>
      {props.detail ? <span className="num shrink-0 text-12 text-muted">{props.detail}</span> : null}
      {props.keys ? <Kbd className="max-md:hidden">{props.keys}</Kbd> : null}
      {props.checked ? <Icon of={Check} className="text-accent-text" /> : null}
    </Base.Item>
  );
}

export function MenuGroup({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Base.Group>
      <Base.GroupLabel className="px-2 pt-2 pb-1 font-medium text-11 text-muted">{label}</Base.GroupLabel>
      {children}
    </Base.Group>
  );
}

export function MenuSeparator() {
  return <Base.Separator className="mx-1 my-1 h-px bg-line" />;
}
