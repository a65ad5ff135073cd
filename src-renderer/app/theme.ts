import {
  ActionIcon,
  Button,
  Checkbox,
  createTheme,
  type CSSVariablesResolver,
  Menu,
  Modal,
  MultiSelect,
  NumberInput,
  Popover,
  SegmentedControl,
  Select,
  Switch,
  TextInput,
  Textarea,
  Tooltip,
} from '@mantine/core';

/** Mantine in the workbench's measures. Colours beyond the accent come from theme.css. */
export const theme = createTheme({
  fontFamily: 'var(--az-font)',
  fontFamilyMonospace: 'var(--az-mono)',
  fontSizes: { xs: '11px', sm: '12px', md: '13px', lg: '15px', xl: '18px' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.4', xl: '1.3' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'sm',
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '18px' }, h2: { fontSize: '15px' }, h3: { fontSize: '13px' } },
  },
  colors: {
    accent: [
      '#eef3fe',
      '#dde8fd',
      '#bcd0fa',
      '#98b6f6',
      '#7a9ff2',
      '#6a94f5',
      '#4674e2',
      '#2f5fd0',
      '#2853bd',
      '#1f43a0',
    ],
  },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 26 } }),
    Button: Button.extend({
      defaultProps: { size: 'compact-sm' },
      styles: { root: { height: 28, paddingInline: 12, fontWeight: 550 } },
    }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'xs' } }),
    Switch: Switch.extend({ defaultProps: { size: 'xs' } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'xs' } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'xs' } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'xs' } }),
    Select: Select.extend({ defaultProps: { size: 'xs', checkIconPosition: 'right' } }),
    MultiSelect: MultiSelect.extend({ defaultProps: { size: 'xs' } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs' } }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', withinPortal: true } }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md', withinPortal: true } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.35 },
        transitionProps: { duration: 120 },
      },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 250, multiline: true, maw: 420, withArrow: true } }),
  },
});

const ours = {
  '--mantine-color-body': 'var(--az-surface)',
  '--mantine-color-text': 'var(--az-text)',
  '--mantine-color-bright': 'var(--az-text)',
  '--mantine-color-dimmed': 'var(--az-dim)',
  '--mantine-color-default': 'var(--az-surface)',
  '--mantine-color-default-color': 'var(--az-text)',
  '--mantine-color-default-hover': 'var(--az-hover)',
  '--mantine-color-default-border': 'var(--az-line-strong)',
  '--mantine-color-placeholder': 'var(--az-faint)',
  '--mantine-color-anchor': 'var(--az-accent-text)',
  '--mantine-color-error': 'var(--az-no)',
};

/** Mantine's own colours are theme.css's, in both schemes. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({ variables: {}, light: ours, dark: ours });
