import { ActionIcon, CopyButton as Copy, Tooltip } from '@mantine/core';
import { Check, Copy as CopyIcon } from 'lucide-react';

/** Copies a text; says so on the button itself. `label` names what is copied: "Copy answer". */
export function CopyButton({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <Copy value={value} timeout={1500}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : label}>
          <ActionIcon onClick={copy} aria-label={label} size={18} style={{ verticalAlign: 'middle' }}>
            {copied ? <Check size={13} aria-hidden /> : <CopyIcon size={13} aria-hidden />}
          </ActionIcon>
        </Tooltip>
      )}
    </Copy>
  );
}
