import '../../style/views.css';

export default {
  render({ el }: { el: HTMLElement }): void {
    el.classList.add('jp-sm');
  }
};
